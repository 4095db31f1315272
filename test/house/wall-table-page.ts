// The walls of the web page: its parts, its views, and what they may know of the rest, which is almost nothing. wall-table.ts has all of them.

import type { Wall } from './wall-table-rooms.ts'

const packages = ['preact', 'preact/hooks', '@preact/signals']
const parts = ['roles.ts', 'ui/text', 'ui/api', 'ui/router.ts']
const view = { knows: [...parts, 'ui/parts'], packages }

/** Small, so that the whole screen of a station is: none of the page's requests. */
const stationParts = ['sse-reader.ts', 'ui/text', 'ui/api/chunks.ts', 'ui/api/new-key.ts']

export const pageWalls: readonly Wall[] = [
  { around: 'ui', what: 'the web page, a client of the HTTP API', packages },
  { around: 'ui/text', what: 'what the page says; knows no view', packages },
  { around: 'ui/api', what: 'requests and live events; knows no view', knows: ['sse-reader.ts', 'roles.ts', 'ui/text'], packages },
  { around: 'ui/parts', what: 'the parts of which views are made; knows no view', knows: parts, packages },
  {
    around: 'ui/station',
    what: 'the screen of a test station, a page of its own; knows no view',
    knows: stationParts,
    types: ['ui/api/records.d.ts'],
    packages: ['preact'],
  },
  { around: 'ui/app', what: 'the page around its views', knows: [...view.knows, 'ui/theme.ts'], packages },
  { around: 'ui/app/overview', what: 'a view; knows no other view', ...view },
  { around: 'ui/app/devices', what: 'a view; knows no other view', ...view },
  { around: 'ui/app/firmware', what: 'a view; knows no other view', ...view, knows: [...view.knows, 'image-format'] },
  { around: 'ui/app/campaigns', what: 'a view; knows no other view', ...view },
  { around: 'ui/app/stations', what: 'a view; knows no other view', ...view },
  { around: 'ui/app/log', what: 'a view; knows no other view', ...view },
  { around: 'ui/app/settings', what: 'a view; knows no other view', ...view, knows: [...view.knows, 'alerts.ts'] },
]
