// One board at one slot of a test station, with the operator who scans it and acknowledges what must be seen: what the station said to it.

import { type BoardKind, boardKind, boardTraits } from './board-faults.ts'
import { openSession, type SimulatedSession } from './device-session.ts'
import { pause } from './pause.ts'
import type { Bench } from './self.ts'
import { createSimulatedDevice } from './simulated-device.ts'
import { loopbackOf } from './station-address.ts'
import { type BoardPlan, labelOf, type RehearsalOptions, samplesOf, selfTestOf } from './station-plan.ts'
import type { PlayedRun, PlayedScan, StationPort, StationSetup } from './station-port.ts'
import { connectIdentity, secretOf } from './wire.ts'

export interface Stage {
  readonly setup: StationSetup
  readonly port: StationPort
  readonly bench: Bench
  readonly options: RehearsalOptions
  readonly signal: AbortSignal
  /** Labels are scanned one after the other: two slots share a scanner, which is what a double scan is about. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>
}

interface Turn extends Stage {
  readonly board: BoardPlan
  readonly kind: BoardKind
  readonly slot: number
  readonly says: string[]
}

/** What is plugged in. */
interface Plugged {
  unplug(): Promise<void>
  cut(): Promise<void>
}

/** A station ignores the same label for three seconds. */
const doubleMs = 3_200

const saidOf = ({ outcome, code }: PlayedRun): string => [outcome ?? 'open', code ?? ''].filter((part) => part !== '').join(' ')
const scanned = (scan: PlayedScan): string => (scan.kind === 'refused' ? `refused ${scan.reason}` : scan.kind)

const nothing: Plugged = { unplug: async () => undefined, cut: async () => undefined }

/** The address that the board of a slot comes from; null: whichever. */
const addressOf = ({ setup, options }: Stage, slot: number): string | null =>
  options.isLocal ? loopbackOf(setup.slotAddresses[slot - 1] ?? '') : null

const connectAs = async (turn: Turn, name: string, secret: string, localAddress: string | null): Promise<SimulatedSession | null> => {
  const { bench, signal, setup } = turn
  const { broker, insecure, ca, ackMs } = bench
  const identity = connectIdentity({ product: setup.product, name }, secret)
  const opening = await openSession({
    ...identity,
    broker,
    insecure,
    ca,
    ackMs,
    signal,
    localAddress,
    clean: true,
    onMessage: () => undefined,
  })
  return opening.kind === 'open' ? opening.session : null
}

const sessionOf = (...sessions: readonly (SimulatedSession | null)[]): Plugged => ({
  unplug: async () => void (await Promise.all(sessions.map(async (session) => session?.end()))),
  cut: async () => undefined,
})

const plugDevice = (turn: Turn, isRetest: boolean): Plugged => {
  const { setup, board, kind, bench, slot } = turn
  const measures = isRetest ? 'good' : kind.measures
  const isOwnTest = setup.selfTest?.source === 'device' && measures !== 'none'
  const device = createSimulatedDevice(
    {
      product: setup.product,
      name: board.name,
      secret: board.secret,
      fault: null,
      traits: boardTraits(kind),
      version: board.version,
      modules: setup.modules.length === 0 ? ['default'] : setup.modules.map(({ module }) => module),
      children: [],
      clean: true,
      wildcard: false,
      asks: false,
      style: 'whole',
      startMs: 0,
      selfTest: isOwnTest ? selfTestOf(setup, board.name, samplesOf(setup, measures === 'bad')) : null,
      localAddress: addressOf(turn, slot),
    },
    bench,
  )
  const gone = device.run()
  return {
    unplug: () => {
      device.stop()
      return gone
    },
    cut: () => device.cut(),
  }
}

/** Boards with one name throw each other off, again and again. */
const plugTwins = async (turn: Turn): Promise<Plugged> => {
  const { board } = turn
  const [own, other] = [addressOf(turn, turn.slot) ?? '127.0.0.2', '127.0.0.3']
  const sessions: (SimulatedSession | null)[] = []
  for (const address of [own, other, own, other, own]) sessions.push(await connectAs(turn, board.name, board.secret, address))
  return sessionOf(...sessions)
}

const plug = async (turn: Turn, isRetest = false): Promise<Plugged> => {
  const { board, kind, options, slot, setup } = turn
  const address = addressOf(turn, slot)
  switch (kind.play) {
    case 'nothing':
      return nothing
    case 'device':
      return plugDevice(turn, isRetest)
    case 'twins':
      return plugTwins(turn)
    case 'other':
      return sessionOf(await connectAs(turn, `${board.name}-other`, board.secret, address))
    case 'secret':
      return sessionOf(await connectAs(turn, board.name, secretOf(options.seed + 1, { product: setup.product, name: board.name }), address))
    case 'silent':
      return sessionOf(await connectAs(turn, board.name, board.secret, address))
    case 'elsewhere':
      return sessionOf(await connectAs(turn, board.name, board.secret, addressOf(turn, (slot % setup.slots) + 1)))
  }
}

/** What happens to a board in its self-test: a jig measures it, or its cable is loose. */
const inTest = async (turn: Turn, run: PlayedRun, plugged: Plugged, isRetest: boolean): Promise<void> => {
  const { setup, board, kind, port, bench, signal } = turn
  const measures = isRetest ? 'good' : kind.measures
  if (board.fault === 'drops-in-test') {
    await plugged.cut()
    await pause(4 * bench.reconnectMs + 300, signal)
    // Unplugged, it does not come again after the end of its run.
    await plugged.unplug()
  } else if (setup.selfTest?.source === 'jig' && measures !== 'none') await port.measure(run.id, samplesOf(setup, measures === 'bad'))
}

/** The run when it has ended, or as it is when the rehearsal is stopped. */
const follow = async (turn: Turn, begun: PlayedRun, plugged: Plugged, isRetest: boolean): Promise<PlayedRun> => {
  let run = begun
  let isTested = false
  while (run.state !== 'ended' && !turn.signal.aborted) {
    if (run.state === 'testing' && !isTested) {
      isTested = true
      await inTest(turn, run, plugged, isRetest)
    }
    run = await turn.port.run(run.id, run.state)
  }
  return run
}

/** The board is unplugged whatever happens: it would be a stranger to the runs that follow. */
const runBoard = async (turn: Turn, begun: PlayedRun, isRetest: boolean): Promise<PlayedRun> => {
  const plugged = await plug(turn, isRetest)
  try {
    return await follow(turn, begun, plugged, isRetest)
  } finally {
    await plugged.unplug()
  }
}

const acknowledge = async ({ port, slot }: Turn, run: PlayedRun): Promise<void> => {
  if (run.outcome !== 'passed') await port.scan('FB:OK', slot)
}

/** The secret that a server may bind to the name, before the board comes with another one. */
const prepare = async (turn: Turn): Promise<void> => {
  if (turn.kind.play !== 'secret' || turn.setup.bind !== 'name') return
  const { board, slot } = turn
  await sessionOf(await connectAs(turn, board.name, board.secret, addressOf(turn, slot))).unplug()
}

/** The label of another board, while the result of this one was not seen. */
const scanNext = async ({ board, port, slot, says, options }: Turn): Promise<void> => {
  says.push(scanned(await port.scan(labelOf(options.label, `${board.name}-next`, board.secret), slot)))
}

const afterRun = async (turn: Turn, run: PlayedRun): Promise<void> => {
  const { board, port, slot, says, signal } = turn
  if (board.fault === 'not-acknowledged') await scanNext(turn)
  await acknowledge(turn, run)
  if (board.fault === 'passed-already') {
    await pause(doubleMs, signal)
    says.push(scanned(await port.scan(board.label, slot)))
  }
}

const test = async (turn: Turn, isRetest: boolean): Promise<void> => {
  const { board, port, slot, says } = turn
  const scan = await turn.inTurn(async () => {
    const first = await port.scan(board.label, slot, isRetest ? 'tested again' : undefined)
    if (board.fault === 'scanned-twice') says.push(scanned(await port.scan(board.label, slot)))
    return first
  })
  if (scan.kind !== 'run') return void says.push(scanned(scan))
  if (board.fault === 'aborted') await port.scan('FB:ABORT', slot)
  const run = await runBoard(turn, scan.run, isRetest)
  says.push(saidOf(run))
  await afterRun(turn, run)
}

/** What the station said, in its order. */
export const playBoard = async (stage: Stage, board: BoardPlan, slot: number): Promise<readonly string[]> => {
  const turn: Turn = { ...stage, board, kind: boardKind(board.fault), slot, says: [] }
  await prepare(turn)
  await test(turn, false)
  if (board.fault !== 'retest' || stage.signal.aborted) return turn.says
  await pause(doubleMs, stage.signal)
  await test(turn, true)
  return turn.says
}
