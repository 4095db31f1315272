// npm run demo.

import { runBuilt } from './run-built.js'

runBuilt('cli/demo.js', 'main')
