// To be replaced.

export const Packages = () => (
  <div class="view">
    <h1 tabIndex={-1}>Packages</h1>
  </div>
)
