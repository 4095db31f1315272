// Queries of units and of figures, which are on disk only. Knows no rule.

import type { FigureKey } from './figure-model.ts'
import type { RowLedger } from './row-ledger.ts'
import type { ShiftFigures, StationQueries } from './row-types.ts'
import { boardKey, figureKey, figureRange, serialUnitRange, unitKey } from './station-keys.ts'
import { parsedRow, recordOf, unreadableRecord } from './station-memory.ts'
import type { Unit } from './station-model.ts'

const unitOf = (key: string, text: string): Unit => recordOf<Unit>(key, text, ({ product, serial }) => unitKey(product, serial))

const figuresOf = (key: string, text: string): ShiftFigures => recordOf<ShiftFigures>(key, text, (row) => figureKey(row.key))

const findUnit = async (rows: RowLedger, product: string, serial: string): Promise<Unit | undefined> => {
  const key = unitKey(product, serial)
  const text = await rows.get(key)
  return text === null ? undefined : unitOf(key, text)
}

const findUnitOfDevice: (rows: RowLedger, device: string) => Promise<Unit | undefined> = async (rows, device) => {
  const key = boardKey(device)
  const text = await rows.get(key)
  if (text === null) return undefined
  const unit = parsedRow(key, text)
  if (!Array.isArray(unit) || unit.length !== 2) throw unreadableRecord(key)
  const [product, serial] = unit as [string, string]
  return await findUnit(rows, product, serial)
}

const findUnitsOfSerial = async (rows: RowLedger, serial: string): Promise<readonly Unit[]> => {
  const units: Unit[] = []
  for await (const [key, text] of rows.range(...serialUnitRange(serial))) units.push(unitOf(key, text))
  return units
}

const findFigures = async (rows: RowLedger, key: FigureKey): Promise<ShiftFigures | undefined> => {
  const row = figureKey(key)
  const text = await rows.get(row)
  return text === null ? undefined : figuresOf(row, text)
}

const findFiguresWithin = async (rows: RowLedger, from: number, to: number): Promise<readonly ShiftFigures[]> => {
  const all: ShiftFigures[] = []
  const [gte, lt] = figureRange(from, to)
  if (gte >= lt) return all
  for await (const [key, text] of rows.range(gte, lt)) all.push(figuresOf(key, text))
  return all
}

export const createUnitQueries = (
  rows: RowLedger,
): Pick<StationQueries, 'unit' | 'unitOfDevice' | 'unitsOfSerial' | 'figuresOf' | 'figures'> => ({
  unit: (product, serial) => findUnit(rows, product, serial),
  unitOfDevice: (device) => findUnitOfDevice(rows, device),
  unitsOfSerial: (serial) => findUnitsOfSerial(rows, serial),
  figuresOf: async (key) => (await findFigures(rows, key))?.figures,
  figures: (from, to) => findFiguresWithin(rows, from, to),
})
