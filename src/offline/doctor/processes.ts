// Processes and accounts of a Linux machine by /proc and /etc/passwd. Whatever cannot be read, or is not there, is null.

import { readdir, readFile, readlink } from 'node:fs/promises'

const textOf = (file: string): Promise<string | null> => readFile(file, 'utf8').catch(() => null)

/** The words of its command line. */
export const commandOf = async (pid: number): Promise<readonly string[] | null> => {
  const text = await textOf(`/proc/${pid}/cmdline`)
  return text === null || text === '' ? null : text.replace(/\0$/, '').split('\0')
}

export const folderOf = (pid: number): Promise<string | null> => readlink(`/proc/${pid}/cwd`).catch(() => null)

export const variableOf = async (pid: number, name: string): Promise<string | null> => {
  const text = await textOf(`/proc/${pid}/environ`)
  const found = text?.split('\0').find((each) => each.startsWith(`${name}=`))
  return found?.slice(name.length + 1) ?? null
}

/** The systemd service that it belongs to. */
export const unitOf = async (pid: number): Promise<string | null> =>
  /system\.slice\/(?:[^/\n]+\/)*([^/\n]+\.service)$/m.exec((await textOf(`/proc/${pid}/cgroup`)) ?? '')?.[1] ?? null

/** Whether it is a process that can do anything: one that has ended waits for its parent, and still has its number. */
export const isDead = async (pid: number): Promise<boolean> => /^\d+ \(.*\) [ZX] /s.test((await textOf(`/proc/${pid}/stat`)) ?? '')

/** How many files it may open; null also where there is no limit. */
export const fileLimitOf = async (pid: number | 'self'): Promise<number | null> => {
  const limit = Number(/^Max open files\s+(\d+)/m.exec((await textOf(`/proc/${pid}/limits`)) ?? '')?.[1])
  return Number.isSafeInteger(limit) ? limit : null
}

export const openFilesOf = async (pid: number): Promise<number | null> => {
  const names = await readdir(`/proc/${pid}/fd`).catch(() => null)
  return names?.length ?? null
}

/** The lines of /etc/passwd or /etc/group. */
const linesOf = async (file: string): Promise<readonly (readonly string[])[]> =>
  ((await textOf(file)) ?? '').split('\n').map((line) => line.split(':'))

/** The name of an account, or its number where it has none. */
export const accountName = async (uid: number): Promise<string> =>
  (await linesOf('/etc/passwd')).find((fields) => fields[2] === String(uid))?.[0] ?? String(uid)

/** An account with its groups. */
export interface ServiceAccount {
  readonly uid: number
  readonly name: string
  /** The name of its own group. */
  readonly group: string
  readonly gids: readonly number[]
}

export const accountOf = async (uid: number): Promise<ServiceAccount> => {
  const [accounts, groups] = [await linesOf('/etc/passwd'), await linesOf('/etc/group')]
  const [name = String(uid), , , own = ''] = accounts.find((fields) => fields[2] === String(uid)) ?? []
  const member = groups.filter((fields) => fields[3]?.split(',').includes(name))
  const group = groups.find((fields) => fields[2] === own)?.[0] ?? own
  return { uid, name, group, gids: [own, ...member.map((fields) => fields[2] ?? '')].map(Number) }
}

/** Sockets that listen on a port, as /proc/net/tcp has them. */
export interface Occupant {
  readonly uid: number
  readonly inode: string
}

/** `text` is /proc/net/tcp or tcp6. */
export const listeningIn = (text: string, port: number): readonly Occupant[] =>
  text.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , uid, , inode = ''] = line.trim().split(/\s+/)
    return state === '0A' && Number.parseInt(local.split(':')[1] ?? '', 16) === port ? [{ uid: Number(uid), inode }] : []
  })

const holds = async (pid: string, inode: string): Promise<boolean> => {
  const names = await readdir(`/proc/${pid}/fd`).catch(() => [])
  for (const name of names) {
    if ((await readlink(`/proc/${pid}/fd/${name}`).catch(() => '')) === `socket:[${inode}]`) return true
  }
  return false
}

/** The process that has this socket open, if this user may see it. */
const holderOf = async (inode: string): Promise<number | null> => {
  for (const pid of await readdir('/proc').catch(() => [])) if (/^\d+$/.test(pid) && (await holds(pid, inode))) return Number(pid)
  return null
}

export interface PortHolder {
  readonly pid: number
  readonly command: string
  readonly unit: string | null
}

const longest = 60

/** Its command line, cut. */
export const shortCommandOf = async (pid: number): Promise<string> => {
  const command = ((await commandOf(pid)) ?? ['?']).join(' ')
  return command.length > longest ? `${command.slice(0, longest - 1)}…` : command
}

/** Whether a command line starts a Fogbell. */
export const isServer = (command: string): boolean => /(^|[/ ])fogbell(\.js)? serve( |$)/.test(command)

const describe = async (pid: number): Promise<PortHolder> => ({ pid, command: await shortCommandOf(pid), unit: await unitOf(pid) })

/** Who listens on a port: a process, or only the account that it runs under; null: the system does not tell. */
export const portHolder = async (port: number): Promise<PortHolder | { readonly account: string } | null> => {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(textOf))
  const [found] = tables.flatMap((text) => listeningIn(text ?? '', port))
  if (found === undefined) return null
  const pid = await holderOf(found.inode)
  return pid === null ? { account: await accountName(found.uid) } : await describe(pid)
}
