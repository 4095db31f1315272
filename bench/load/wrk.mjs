// wrk, the generator of downloads: how it is started, what it is to request, and what it has counted.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { cpuSeconds } from '../children.mjs'

/** Each connection of wrk fetches paths and ranges in turn with all others. `range`: bytes of each; `alone`: each request has its own connection. */
export const scriptOf = (urls, { size, range, alone }) => {
  const paths = Array.from(urls, (each) => JSON.stringify(new URL(each).pathname)).join(',')
  const headers = `${alone ? '["Connection"]="close",' : ''}${range ? '["Range"]="bytes=" .. from .. "-" .. (from + STEP - 1)' : ''}`
  return `local paths, requests, STEP = {${paths}}, {}, ${range ?? size}
local at = 0
function init(args)
  for from = 0, ${size} - 1, STEP do
    for _, path in ipairs(paths) do requests[#requests + 1] = wrk.format("GET", path, {${headers}}) end
  end
end
function request() at = at % #requests + 1; return requests[at] end
`
}

/** Asked until the process ends, since an ended one has no figures. */
const watchCpu = (child) => {
  let cpu = 0
  const note = (seconds) => {
    cpu = Math.max(cpu, seconds)
  }
  const timer = setInterval(
    () =>
      void cpuSeconds([child.pid]).then(note, () => {
        // It has ended.
      }),
    100,
  )
  return () => {
    clearInterval(timer)
    return cpu
  }
}

/**
 * Starts downloads of the links over `connections` for `seconds`; `file` is where its script may be. Gives `finish()`, which waits for its end and
 * gives `count`, `rate` and `cpu`, seconds of its processor time. Any answer but the bytes is an error.
 */
export const startWrk = async (file, urls, { connections, seconds, ...manner }) => {
  await writeFile(file, scriptOf(urls, manner))
  const child = spawn('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', file, urls[0]], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  const closed = once(child, 'close')
  const used = watchCpu(child)
  return async () => {
    const [code] = await closed
    const cpu = used()
    if (code !== 0 || /Non-2xx|Socket errors/.test(text)) throw new Error(`${urls[0]} did not serve every request (${code}):\n${text}`)
    return { count: Number(/(\d+) requests in/.exec(text)?.[1]), rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]), cpu }
  }
}
