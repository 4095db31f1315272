// nginx with sendfile, one process: serves the files of a directory.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cpuSeconds, freePort, startChild, stopChild, untilListening } from '../children.mjs'

const config = (directory, port) => `
daemon off; master_process off; pid ${directory}/nginx.pid; error_log ${directory}/error.log; user root;
events { worker_connections 1024; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 10000000; open_file_cache max=100;
  client_body_temp_path ${directory}; proxy_temp_path ${directory}; fastcgi_temp_path ${directory};
  uwsgi_temp_path ${directory}; scgi_temp_path ${directory};
  server { listen 127.0.0.1:${port}; location / { root ${directory}; } }
}`

/** `url(name)` gives the links of one file of the directory; `cpu` the seconds of processor time so far. */
export const startNginx = async (directory) => {
  const port = await freePort()
  const file = join(directory, 'nginx.conf')
  await writeFile(file, config(directory, port))
  const started = startChild('nginx', ['-c', file, '-p', directory, '-e', join(directory, 'error.log')])
  await untilListening('nginx', started, port)
  return {
    name: 'nginx sendfile',
    urls: (name) => [`http://127.0.0.1:${port}/${name}`],
    cpu: () => cpuSeconds([started.child.pid]),
    stop: () => stopChild(started.child),
  }
}
