// JSON that tests walk through without naming every type.

export interface Json {
  readonly [name: string]: Json
}
