// To be replaced.

export const Devices = () => (
  <div class="view">
    <h1 tabIndex={-1}>Devices</h1>
  </div>
)
