// To be replaced.

export const NewCampaign = () => (
  <div class="view">
    <h1 tabIndex={-1}>NewCampaign</h1>
  </div>
)
