// A rehearsal at a test station: boards with faults are scanned and played in all its slots; what the station says to each, and the figures that
// it counts, are compared with what they must be. Knows neither HTTP nor the terminal.

import type { BoardFault } from './board-faults.ts'
import { boardKind } from './board-faults.ts'
import { playBoard, type Stage as WholeStage } from './board-play.ts'
import { pause } from './pause.ts'
import { type BoardPlan, planBoards } from './station-plan.ts'
import { type FigureLine, figureLines, tally } from './station-tally.ts'

export interface BoardResult {
  readonly board: string
  readonly slot: number
  readonly fault: BoardFault | null
  readonly expected: readonly string[]
  readonly said: readonly string[]
  readonly isRight: boolean
}

export interface RehearsalResult {
  readonly boards: readonly BoardResult[]
  /** Those that were planned: more than `boards` where it was stopped. */
  readonly planned: number
  /** Empty where it was stopped: the station goes on counting the boards that were left. */
  readonly figures: readonly FigureLine[]
  /** What was said to every board and all figures are as expected, and none was left out. */
  readonly isRight: boolean
}

type Stage = Omit<WholeStage, 'inTurn'>

export interface RehearsalIo {
  readonly board: (result: BoardResult) => void
}

/** One of those that must be alone at a time. */
const createTurns = () => {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work)
    last = done.catch(() => undefined)
    return done
  }
}

/** Resolves when the next board may be scanned. */
const createPace = ({ options, signal }: Stage): (() => Promise<void>) => {
  const gapMs = options.perMinute === 0 ? 0 : 60_000 / options.perMinute
  let next = performance.now()
  return async () => {
    const wait = next - performance.now()
    next = Math.max(next, performance.now()) + gapMs
    if (wait > 0) await pause(wait, signal)
  }
}

const resultOf = ({ name, fault }: BoardPlan, slot: number, said: readonly string[]): BoardResult => {
  const expected = boardKind(fault).says
  return { board: name, slot, fault, expected, said, isRight: expected.join() === said.join() }
}

const playAll = async (stage: Stage, plans: readonly BoardPlan[], { board: show }: RehearsalIo): Promise<readonly BoardResult[]> => {
  const results: BoardResult[] = []
  const left = [...plans]
  const [alone, inTurn, pace] = [createTurns(), createTurns(), createPace(stage)]
  const atSlot = async (slot: number): Promise<void> => {
    for (let plan = left.shift(); plan !== undefined && !stage.signal.aborted; plan = left.shift()) {
      const board = plan
      await pace()
      const play = () => playBoard({ ...stage, inTurn }, board, slot)
      const said = await (boardKind(board.fault).isAlone ? alone(play) : play())
      if (stage.signal.aborted) return
      const result = resultOf(board, slot, said)
      results.push(result)
      show(result)
    }
  }
  await Promise.all(Array.from({ length: stage.setup.slots }, (_, index) => atSlot(index + 1)))
  return results
}

/** Throws OTA_BAD_REQUEST for what cannot be played, and what the port rejects with. */
export const rehearse = async (stage: Stage, io: RehearsalIo): Promise<RehearsalResult> => {
  const plans = planBoards(stage.setup, stage.options)
  if (stage.setup.signsIn) await stage.port.scan('FB:OP:simulate', 1)
  const before = await stage.port.figures()
  const boards = await playAll(stage, plans, io)
  const planned = plans.length
  if (boards.length < planned) return { boards, planned, figures: [], isRight: false }
  const expected = tally(boards.map((board) => board.expected))
  const figures = figureLines(expected, before, await stage.port.figures())
  return {
    boards,
    planned,
    figures,
    isRight: boards.every((board) => board.isRight) && figures.every((line) => line.expected === line.said),
  }
}
