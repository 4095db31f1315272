// To be replaced.

export const CampaignView = () => (
  <div class="view">
    <h1 tabIndex={-1}>CampaignView</h1>
  </div>
)
