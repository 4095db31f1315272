// 1 MiB images to 50 connections: Fogbell's download thread against nginx with sendfile, in turn in one run, medians of the rounds.
// Needs nginx and wrk, and dist/ built. Usage: node bench/downloads.mjs [rounds] [whole seconds of each]

import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDownloads } from '../dist/download/server.js'

const SIZE = 1_048_576
const CONNECTIONS = 50
const WANTED = 0.8

const run = async (command, args) => {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${text}`)
  return text
}

const freePort = async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

const answers = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

const nginxConfig = (directory, port) => `
daemon off; master_process off; pid ${directory}/nginx.pid; error_log ${directory}/error.log; user root;
events { worker_connections 1024; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 10000000; open_file_cache max=100;
  client_body_temp_path ${directory}; proxy_temp_path ${directory}; fastcgi_temp_path ${directory};
  uwsgi_temp_path ${directory}; scgi_temp_path ${directory};
  server { listen 127.0.0.1:${port}; location / { root ${directory}; } }
}`

const startNginx = async (directory) => {
  const port = await freePort()
  await writeFile(join(directory, 'nginx.conf'), nginxConfig(directory, port))
  const child = spawn('nginx', ['-c', join(directory, 'nginx.conf'), '-p', directory, '-e', join(directory, 'error.log')], {
    stdio: 'inherit',
  })
  for (let tries = 0; !(await answers(port)); tries += 1) {
    if (tries === 200 || child.exitCode !== null) throw new Error('nginx did not start')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const stop = async () => {
    child.kill('SIGTERM')
    await once(child, 'close')
  }
  return { urls: [`http://127.0.0.1:${port}/image`], stop }
}

const startFogbell = async (directory, image) => {
  const sha256 = createHash('sha256').update(image).digest('hex')
  const say = (fields, message) => console.error(message, fields)
  const downloads = await createDownloads({
    workerUrl: new URL('../dist/download/worker.js', import.meta.url),
    host: '127.0.0.1',
    port: 0,
    publicUrl: null,
    maxDownloads: 200,
    bytesPerSecond: 0,
    cacheBytes: 268_435_456,
    key: randomBytes(32).toString('hex'),
    imagePath: () => join(directory, 'image'),
    digestsPath: () => join(directory, 'image.digests'),
    side: {
      grant: (task) => Promise.resolve({ task, sha256, size: SIZE, gone: false, until: null, bytes: 0 }),
      served: () => undefined,
      faulty: (image) => say(image, 'the image cannot be served'),
    },
    log: { trace: () => undefined, debug: () => undefined, info: say, warn: say, error: say },
  })
  const target = { host: '127.0.0.1', tlsHost: null, product: 'bench' }
  // A task has four downloads at most.
  const urls = Array.from({ length: 4 * CONNECTIONS }, (_, at) => downloads.url(at + 1, sha256, target))
  return { urls, stop: () => downloads.close() }
}

/** Requests a second; any answer but the image, and any error, ends the run. */
const measure = async (directory, [url, ...others], seconds) => {
  const paths = [url, ...others].map((each) => JSON.stringify(new URL(each).pathname)).join(',')
  const script = join(directory, 'paths.lua')
  const rotate = 'request = function() at = at % #paths + 1; return wrk.format("GET", paths[at]) end'
  await writeFile(script, `local paths = {${paths}}\nlocal at = 0\n${rotate}\n`)
  const text = await run('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '--timeout', '10s', '-s', script, url])
  if (/Non-2xx|Socket errors/.test(text)) throw new Error(`${url} did not serve every request:\n${text}`)
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1])
}

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

const line = (name, rates) => {
  const rate = median(rates)
  console.log(
    `${name.padEnd(16)} ${rate.toFixed(0).padStart(6)} req/s  ${((rate * SIZE) / 1e9).toFixed(2)} GB/s   (${rates.map((each) => each.toFixed(0)).join(' ')})`,
  )
  return rate
}

/** Runs `work` with what `start` gives, and stops that in any case. */
const using = async (start, work) => {
  const server = await start()
  try {
    return await work(server)
  } finally {
    await server.stop()
  }
}

const compare = async (directory, nginx, fogbell, rounds, seconds) => {
  const rates = { nginx: [], fogbell: [] }
  await measure(directory, nginx.urls, 1)
  await measure(directory, fogbell.urls, 1)
  for (let round = 0; round < rounds; round += 1) {
    rates.nginx.push(await measure(directory, nginx.urls, seconds))
    rates.fogbell.push(await measure(directory, fogbell.urls, seconds))
  }
  return rates
}

const [rounds = 7, seconds = 3] = process.argv.slice(2).map(Number)
const directory = await mkdtemp(join(tmpdir(), 'fogbell-bench-'))
try {
  const image = randomBytes(SIZE)
  await writeFile(join(directory, 'image'), image)
  const rates = await using(
    () => startNginx(directory),
    (nginx) =>
      using(
        () => startFogbell(directory, image),
        (fogbell) => compare(directory, nginx, fogbell, rounds, seconds),
      ),
  )
  const theirs = line('nginx sendfile', rates.nginx)
  const ours = line('fogbell', rates.fogbell)
  const pairs = median(rates.fogbell.map((rate, index) => rate / rates.nginx[index]))
  console.log(`ratio of medians ${(ours / theirs).toFixed(2)}, median of ratios ${pairs.toFixed(2)}; required: at least ${WANTED}`)
} finally {
  await rm(directory, { recursive: true, force: true })
}
