// To be replaced.

export const Campaigns = () => (
  <div class="view">
    <h1 tabIndex={-1}>Campaigns</h1>
  </div>
)
