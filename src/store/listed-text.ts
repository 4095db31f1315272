// The row of an ended task as lists read it: without its history, whose parsing takes half of the time. What is left out is compared with the
// form in which it is written, so that a damaged row is found all the same.

const text = '"[ !#-\\[\\]-~]*"'
const number = '(?:0|-?[1-9]\\d{0,15})'
const params = `\\{(?:"\\w+":(?:${text}|${number}|null)(?:,(?=")|(?=\\})))*\\}`
const entry = `\\{"at":${number},"state":${text},"(?:code|note)":${text}(?:,"params":${params})?\\}`
const history = new RegExp(`,"history":\\[(?:${entry}(?:,(?=\\{)|(?=\\])))*\\]\\}$`, 'y')

/**
 * The row's JSON without the history at its end, which is valid exactly if the row is; undefined where the history is not plain ASCII in the
 * form in which it is written: such a row must be parsed as a whole.
 */
export const withoutHistory = (row: string): string | undefined => {
  const at = row.indexOf(',"history":[')
  if (at < 0) return undefined
  history.lastIndex = at
  return history.test(row) ? `${row.slice(0, at)}}` : undefined
}
