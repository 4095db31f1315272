// To be replaced.

export const DeviceView = () => (
  <div class="view">
    <h1 tabIndex={-1}>DeviceView</h1>
  </div>
)
