#!/usr/bin/env node
// The command.

import { runBuilt } from './run-built.js'

runBuilt()
