// What the API shows of the server around it: where it listens, how it is set, what passes through it. Types only; server.ts gives the values.

export interface SiteListener {
  readonly service: 'mqtt' | 'firmware' | 'admin'
  /** With the port in use. */
  readonly url: string
  /** The PEM text of its certificate chain; null: it is not encrypted. */
  readonly cert: string | null
}

/** Where the value of a setting came from. */
export type SettingSource = 'flag' | 'environment' | 'file' | 'default' | 'program'

export interface SiteSetting {
  readonly path: string
  /** As JSON, without any secret. */
  readonly value: unknown
  readonly source: SettingSource
  /** The flag, the variable or the file; null: the default. */
  readonly from: string | null
  readonly description: string
}

/** Of the data directory and its file system, in bytes; null: the system does not say. */
export interface SiteData {
  readonly dataBytes: number | null
  readonly freeBytes: number | null
  readonly diskBytes: number | null
}

export interface Site {
  readonly directory: string
  /** Milliseconds. */
  readonly startedAt: number
  data(): Promise<SiteData>
  /** Open MQTT connections. */
  connections(): number
  /** Published messages since the start: those of clients, and those sent to them. */
  messages(): { readonly received: number; readonly sent: number }
  /** `bytes`: sent since the start. */
  downloads(): { readonly active: number; readonly waiting: number; readonly bytes: number }
  listeners(): readonly SiteListener[]
  settings(): readonly SiteSetting[]
  /** What the last start could not read of the store. */
  storeLost(): { readonly bytes: number; readonly commits: number }
  descriptorsExhausted(): boolean
  /** Lines of the log that were not written. */
  logDropped(): number
}
