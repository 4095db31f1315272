// To be replaced.

export const SettingsView = () => (
  <div class="view">
    <h1 tabIndex={-1}>SettingsView</h1>
  </div>
)
