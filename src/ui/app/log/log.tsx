// To be replaced.

export const LogView = () => (
  <div class="view">
    <h1 tabIndex={-1}>LogView</h1>
  </div>
)
