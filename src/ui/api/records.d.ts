// What the API answers, made of its schemas by `npx vitest run test/house/page-records -u`. Not to be edited.

/** The values of a sentence: numbers, names, ids (as text), times (ISO 8601 UTC), lists of names, and sentences within the sentence. */
export type Params = { readonly [name: string]: string | number | boolean | null | readonly (string)[] | Sentence | readonly (Sentence)[] }

/** What the server says, as the code of a template in `x-sentences` (ICU MessageFormat) and the values in it. */
export type Sentence = {
  /** The code of the sentence: a key of `x-sentences` and `x-sentences-zh`. It never changes its meaning. */
  readonly code: string
  readonly params: Params
}

/** RFC 9457. `code`, and `detailCode` within it, never change their meaning; the texts may. `detailCode` and `params` are the sentence that `detail` says. */
export type Problem = {
  readonly type: string
  readonly title: string
  readonly status: number
  /** Later versions may have more. */
  readonly code: 'OTA_BAD_REQUEST' | 'OTA_BAD_SETTINGS' | 'OTA_UNAUTHORIZED' | 'OTA_FORBIDDEN' | 'OTA_TOO_MANY_TRIES' | 'OTA_NOT_FOUND' | 'OTA_METHOD' | 'OTA_BODY_TOO_LARGE' | 'OTA_BODY_TYPE' | 'OTA_FIRMWARE_UNKNOWN' | 'OTA_DEVICE_UNKNOWN' | 'OTA_CAMPAIGN_UNKNOWN' | 'OTA_TASK_UNKNOWN' | 'OTA_PROCEDURE_UNKNOWN' | 'OTA_STATION_UNKNOWN' | 'OTA_RUN_UNKNOWN' | 'OTA_UNIT_UNKNOWN' | 'OTA_STATION_BUSY' | 'OTA_RUN_STATE' | 'OTA_SCAN_REFUSED' | 'OTA_TOKEN_UNKNOWN' | 'OTA_TOKEN_EXISTS' | 'OTA_USER_UNKNOWN' | 'OTA_USER_EXISTS' | 'OTA_WEBHOOK_UNKNOWN' | 'OTA_WEBHOOK_EXISTS' | 'OTA_LAST_ADMIN' | 'OTA_FIRMWARE_DIFFERS' | 'OTA_FIRMWARE_IN_USE' | 'OTA_FIRMWARE_EMPTY' | 'OTA_FIRMWARE_TOO_LARGE' | 'OTA_UPLOAD_TORN' | 'OTA_DEVICE_NAME' | 'OTA_DEVICE_EXISTS' | 'OTA_GATEWAY_INVALID' | 'OTA_IMPORT_INVALID' | 'OTA_CAMPAIGN_EMPTY' | 'OTA_CAMPAIGN_STATE' | 'OTA_TASK_CLOSED' | 'OTA_TASK_BUSY' | 'OTA_DEVICE_UNREACHABLE' | 'OTA_CONFLICT' | 'OTA_CHANGED' | 'OTA_KEY_REUSED' | 'OTA_STORE_FAILED' | 'OTA_STORE_NEWER' | 'OTA_STORE_UNREADABLE' | 'OTA_STORE_LOCKED' | 'OTA_BACKUP_BUSY' | 'OTA_BACKUP_FAILED' | 'OTA_BACKUP_INVALID' | 'OTA_CERTS' | 'OTA_DATA_DIR' | 'OTA_DESCRIPTORS' | 'OTA_LISTEN_FAILED' | 'OTA_STOPPING' | 'OTA_UNREACHABLE' | 'OTA_INTERNAL'
  readonly detail: string
  /** The code of the sentence: a key of `x-sentences` and `x-sentences-zh`. It never changes its meaning. */
  readonly detailCode: string
  readonly params: Params
  readonly faults?: readonly ({
    readonly path: string
    readonly message: string
    /** The code of the sentence: a key of `x-sentences` and `x-sentences-zh`. It never changes its meaning. */
    readonly code: string
    readonly params: Params
  })[]
  /** Of OTA_SCAN_REFUSED: `ALREADY_RUNNING`, `ALREADY_PASSED`, `RETEST_LIMIT`, `REASON_NEEDED`, `ROUTE`, `REFERENCE_DUE`, `REFERENCE_WRONG`, `BAD_CODE`, `BOUND_ELSEWHERE`, `WRONG_PRODUCT`, `FACTORY_NAME`, `BUSY`, `MES_REFUSED`, `MES_UNREACHABLE`, `NOT_STORED`, `SLOT_BUSY`, `NO_SLOT`, `NOT_ACKNOWLEDGED`, `CHOOSE_SLOT`, `NO_OPERATOR`, `NO_PROCEDURE`, `WAIT_SLOT`. Later versions may have more. */
  readonly reason?: string
  /** Of OTA_CHANGED: what is there now, null if it is nothing. */
  readonly current?: unknown
}

/** A package. Warnings are only in the answer to the upload. */
export type Firmware = {
  /** Counts up from 1. */
  readonly id: string
  readonly product: string
  readonly module: string
  readonly version: string
  /** Bytes. */
  readonly size: number
  readonly md5: string
  readonly sha256: string
  /** All bytes summed mod 2^32, little-endian, in hex. */
  readonly checksum: string
  readonly description: string
  /** The versions it can be applied to; empty: any. */
  readonly from: readonly (string)[]
  readonly signMethod: 'MD5' | 'SHA256'
  /** UTC. */
  readonly createdAt: string
  /** Who runs and who uses it: not in the answer to the upload. */
  readonly usage?: {
    /** Of its product that have reported its version of its module. */
    readonly devices: number
    /** The newest ten campaigns for it, the newest first. */
    readonly campaigns: readonly ({
      /** The campaign. */
      readonly campaign: string
      readonly name: string
      readonly status: 'draft' | 'scheduled' | 'running' | 'paused' | 'completed' | 'canceled'
    })[]
    /** Campaigns for it besides these. */
    readonly otherCampaigns: number
  }
  /** Probable mistakes; nothing is refused because of them. */
  readonly warnings?: readonly (string)[]
  /** The same warnings with their codes. */
  readonly warningDetails?: readonly ({
    readonly path: string | null
    /** The warning. In the language of the request. */
    readonly text: string
    /** The code of the sentence: a key of `x-sentences` and `x-sentences-zh`. It never changes its meaning. */
    readonly code: string
    readonly params: Params
  })[]
}

export type Device = {
  readonly product: string
  readonly name: string
  readonly online: boolean
  readonly lastSeen: string | null
  readonly address: string | null
  /** Several clients use its identity and replace one another. */
  readonly contended: boolean
  readonly gateway: string | null
  readonly disputed: string | null
  readonly takeovers: readonly ({
    /** UTC. */
    readonly at: string
    /** pk/dn of the sub-device. */
    readonly device: string
    /** The gateway that it left. */
    readonly from: string
    readonly to: string | null
  })[]
  readonly tags: readonly (string)[]
  readonly modules: { readonly [name: string]: {
    readonly version: string
    /** UTC. */
    readonly reportedAt: string
  } }
  /** What `failed=true` finds: its last update of each module where that did not succeed and no other is open. The newest first. */
  readonly failed: readonly ({
    readonly task: string | null
    readonly campaign: string | null
    readonly module: string
    readonly version: string
    readonly state: 'failed' | 'timed_out' | 'rejected' | null
    readonly reason: string | null
    readonly desc: string | null
    readonly endedAt: string | null
  })[]
  /** Its updates that have not ended, at most one of each module. */
  readonly openTasks: readonly ({
    /** The task. */
    readonly task: string
    /** The campaign that created it. */
    readonly campaign: string
    readonly module: string
    readonly version: string
    readonly state: 'queued' | 'notified' | 'in_progress' | 'succeeded' | 'failed' | 'timed_out' | 'rejected' | 'canceled'
  })[]
  readonly credential: 'none' | 'secret' | 'first-use'
  readonly connection: {
    readonly what: 'refused' | 'disconnected'
    /** One word, as the metrics count it. */
    readonly reason: string
    /** UTC. */
    readonly at: string
    readonly address: string | null
    /** The reason. In the language of the request. */
    readonly text: string
    /** The code of the sentence: a key of `x-sentences` and `x-sentences-zh`. It never changes its meaning. */
    readonly code: string
    readonly params: Params
  } | null
  /** UTC. */
  readonly createdAt: string
}

/** A connection that was refused. */
export type Refused = {
  /** UTC. */
  readonly at: string
  /** One word, as the metrics count it. */
  readonly reason: string
  /** The reason. In the language of the request. */
  readonly text: string
  /** The code of the sentence: a key of `x-sentences` and `x-sentences-zh`. It never changes its meaning. */
  readonly code: string
  readonly params: Params
  readonly device: string | null
  readonly clientId: string | null
  readonly user: string | null
  readonly address: string
}

/** The token of this API. */
export type Token = {
  readonly token: string
  /** Where it is, on the server. */
  readonly file: string
}

/** Connections from one address that were refused for one reason. */
export type RefusalGroup = {
  /** One word, as the metrics count it. */
  readonly reason: string
  /** The reason. In the language of the request. */
  readonly text: string
  /** The code of the sentence: a key of `x-sentences` and `x-sentences-zh`. It never changes its meaning. */
  readonly code: string
  readonly params: Params
  readonly address: string
  /** Refusals. */
  readonly count: number
  /** UTC. */
  readonly first: string
  /** UTC. */
  readonly last: string
  /** The newest ten that user names named, as pk/dn. */
  readonly devices: readonly (string)[]
  /** All of these. */
  readonly deviceCount: number
  /** The newest ten client ids. */
  readonly clientIds: readonly (string)[]
  /** All of these. */
  readonly clientIdCount: number
}

/** A version that a device installed, and since when. Kept permanently. */
export type Installed = {
  /** UTC. */
  readonly at: string
  readonly module: string
  readonly version: string
  readonly task: string | null
  readonly campaign: string | null
  readonly sha256: string | null
}

/** Something that happened to a device. The newest 1,000 of each device are kept. */
export type TimelineEntry = {
  /** UTC. */
  readonly at: string
  readonly what: 'connected' | 'disconnected' | 'refused' | 'task' | 'version' | 'moved' | 'disputed' | 'contended'
  /** What happened. In the language of the request. */
  readonly text: string
  /** The code of the sentence: a key of `x-sentences` and `x-sentences-zh`. It never changes its meaning. */
  readonly code: string
  readonly params: Params
  readonly address: string | null
  readonly reason: string | null
  readonly module: string | null
  readonly version: string | null
  readonly task: string | null
  readonly campaign: string | null
  readonly attempt: number | null
  readonly state: string | null
}

export type Imported = {
  readonly created: number
  /** Were known, and something was changed. */
  readonly updated: number
  /** Were known, exactly as in the list. */
  readonly unchanged: number
}

export type Verdict = {
  /** Of the device `presence`, `refused`, `contended`, `disputed`, `takeover`, `unread`, `children` or `campaigns`; of a campaign `campaign ID` and then `target`, `task`, `task ID` or the reason for which the rule would refuse, such as `paused` or `slot`. */
  readonly rule: string
  readonly ok: boolean
  /** The verdict in words, with the figure behind it. In the language of the request. */
  readonly text: string
  /** The code of the sentence: a key of `x-sentences` and `x-sentences-zh`. It never changes its meaning. */
  readonly code: string
  readonly params: Params
  readonly advice?: {
    /** What to do about an update that ended without success. In the language of the request. */
    readonly text: string
    /** The code of the sentence: a key of `x-sentences` and `x-sentences-zh`. It never changes its meaning. */
    readonly code: string
    readonly params: Params
  }
  readonly campaign: string | null
  readonly task: string | null
  readonly reason: string | null
}

/** Each device's newest attempt by its state, and `skipped`: targets that had the version already. */
export type Counts = {
  readonly queued: number
  readonly notified: number
  readonly in_progress: number
  readonly succeeded: number
  readonly failed: number
  readonly timed_out: number
  readonly rejected: number
  readonly canceled: number
  readonly skipped: number
}

/** As given (one of `percent`, `count`, `tag`), and its current state. */
export type Phase = {
  /** Cumulative, of the targets in hash order. */
  readonly percent?: number
  /** Cumulative, of the targets in hash order. */
  readonly count?: number
  /** Targets that have it. */
  readonly tag?: string
  readonly successPercent: number
  readonly minFinished: number
  readonly soakSeconds: number
  readonly then: 'next' | 'wait'
  /** Its devices may be notified. */
  readonly open: boolean
  readonly counts: Counts
  /** Its targets that wait for another campaign and have no task yet. */
  readonly waiting: number
}

/** Between the newest open phase and the one after it. */
export type Gate = {
  /** What keeps the next phase closed: `sample` too few have finished, `success` too few succeeded, `soak`, `operator` waits for `next`, `failed`; `empty` has no device yet, `open` opens now, `last` there is no next phase. */
  readonly step: 'last' | 'empty' | 'sample' | 'success' | 'soak' | 'operator' | 'failed' | 'open'
  /** Devices of the phase. */
  readonly size: number
  readonly finished: number
  /** Of the finished devices, rounded down. */
  readonly succeededPercent: number
  readonly neededPercent: number
  /** Capped at the size. */
  readonly minFinished: number
  readonly soakEndsAt: string | null
  /** Devices that succeeded and then rolled back or could not stay connected; 100 at most. */
  readonly against: readonly (string)[]
}

/** Warnings are only in the answer to its creation. */
export type Campaign = {
  /** Counts up from 1. */
  readonly id: string
  readonly name: string
  readonly status: 'draft' | 'scheduled' | 'running' | 'paused' | 'completed' | 'canceled'
  readonly reason: string | null
  readonly text: string | null
  readonly code: string | null
  readonly params: Params | null
  readonly lastStep: {
    readonly step: 'start' | 'pause' | 'resume' | 'next' | 'cancel'
    /** `file`: the token of the data directory. */
    readonly kind: 'person' | 'token' | 'file'
    /** The name of the person or token. */
    readonly by: string
    /** UTC. */
    readonly at: string
  } | null
  /** Who or what has paused, resumed, retried or canceled it: the newest 20, the newest first. */
  readonly steps: readonly ({
    readonly step: 'start' | 'pause' | 'resume' | 'next' | 'cancel' | 'retry'
    /** `server`: a rule, or the end of it. */
    readonly kind: 'person' | 'token' | 'file' | 'server'
    /** The name of the person or token; of `server` the reason, such as `aborted` or `phase_failed`. */
    readonly by: string
    /** UTC. */
    readonly at: string
  })[]
  /** The package. */
  readonly firmware: string
  readonly product: string
  readonly module: string
  readonly version: string
  readonly phase: number | null
  readonly counts: Counts
  /** Open tasks whose device has reported no version of the module. */
  readonly unreported: number
  /** Targets that wait for another campaign and have no task yet. */
  readonly waiting: number
  /** Ids of the campaigns whose open tasks they wait for, of the first 100 targets. */
  readonly waitingFor: readonly (string)[]
  readonly gate: Gate | null
  readonly target: {
    readonly devices: readonly (string)[]
    readonly tags: readonly (string)[]
    readonly from: readonly (string)[]
    readonly exclude: readonly (string)[]
    readonly continuous: boolean
  }
  readonly phases: readonly (Phase)[]
  readonly abort: readonly ({
    readonly on: 'any' | 'failed' | 'timed_out' | 'rejected'
    readonly percent: number
    readonly minFinished: number
    readonly action: 'pause' | 'cancel'
    /** How many have finished since an operator last resumed it. */
    readonly finished: number
    /** How many of these ended like that. */
    readonly bad: number
    readonly since: string | null
  })[]
  readonly rate: {
    readonly perMinute: number
    readonly maxInProgress: number
  }
  readonly schedule: {
    readonly startAt: string | null
    readonly endAt: string | null
    readonly windows: readonly ({
      readonly cron: string
      readonly minutes: number
      readonly timeZone: string | null
    })[]
    /** Whether new tasks may start now. */
    readonly open: boolean
    readonly until: string | null
  }
  readonly timeouts: {
    readonly noResponseSeconds: number
    readonly upgradeSeconds: number | null
    readonly stallSeconds: number
  }
  readonly retry: {
    readonly max: number
    readonly delaySeconds: number
    readonly onTimeout: boolean
  }
  readonly overwrite: boolean
  readonly push: boolean
  readonly reflash: boolean
  /** UTC. */
  readonly createdAt: string
  readonly startedAt: string | null
  readonly endedAt: string | null
  /** Only of campaigns of test stations: the procedure whose updates these are. */
  readonly station?: {
    readonly procedure: string
    /** The revision. */
    readonly rev: number
  }
  /** Probable mistakes; nothing is refused because of them. */
  readonly warnings?: readonly (string)[]
  /** The same warnings with their codes. */
  readonly warningDetails?: readonly ({
    readonly path: string | null
    /** The warning. In the language of the request. */
    readonly text: string
    /** The code of the sentence: a key of `x-sentences` and `x-sentences-zh`. It never changes its meaning. */
    readonly code: string
    readonly params: Params
  })[]
}

/** What a campaign would do if it started now. */
export type Plan = {
  /** Devices that would be updated. */
  readonly targets: number
  /** How many of the targets have reported no version of the module. */
  readonly unreported: number
  /** Devices that have the version already. */
  readonly skipped: number
  /** How many of the targets wait for another campaign first. */
  readonly waiting: number
  /** One if none was given. `devices` has at most `limit` items, `size` counts all. */
  readonly phases: readonly ({
    /** Counts from 1. */
    readonly phase: number
    readonly size: number
    readonly devices: readonly (string)[]
  })[]
  /** Devices of the product that would not be updated, at most `limit`. */
  readonly left: readonly ({
    readonly device: string
    readonly reason: string
    /** Why, with the figure behind it. In the language of the request. */
    readonly text: string
    /** The code of the sentence: a key of `x-sentences` and `x-sentences-zh`. It never changes its meaning. */
    readonly code: string
    readonly params: Params
  })[]
  /** How many, by reason, such as `gateway_never_reported`: it has sub-devices and has reported no version. */
  readonly leftCounts: { readonly [name: string]: number }
  readonly seconds: number | null
  /** The time assumed for one device. */
  readonly perDeviceSeconds: number
  /** Probable mistakes; nothing is refused because of them. */
  readonly warnings: readonly (string)[]
  /** The same warnings with their codes. */
  readonly warningDetails: readonly ({
    readonly path: string | null
    /** The warning. In the language of the request. */
    readonly text: string
    /** The code of the sentence: a key of `x-sentences` and `x-sentences-zh`. It never changes its meaning. */
    readonly code: string
    readonly params: Params
  })[]
}

export type Task = {
  /** The wire's task_id. */
  readonly id: string
  /** The campaign that created it. */
  readonly campaign: string
  /** pk/dn */
  readonly device: string
  readonly module: string
  /** The package. */
  readonly firmware: string
  readonly from: string | null
  readonly to: string
  readonly state: 'queued' | 'notified' | 'in_progress' | 'succeeded' | 'failed' | 'timed_out' | 'rejected' | 'canceled'
  readonly reason: string | null
  readonly code: number | null
  readonly desc: string | null
  readonly step: number | null
  readonly phase: number | null
  readonly attempt: number
  readonly notBefore: string | null
  readonly timesOutAt: string | null
  /** Bytes of the image that were served to it, each counted once. */
  readonly bytes: number
  /** Bytes of the image. */
  readonly size: number
  /** UTC. */
  readonly createdAt: string
  readonly notifiedAt: string | null
  readonly startedAt: string | null
  readonly endedAt: string | null
  readonly advice?: {
    /** What to do where it ended without success. In the language of the request. */
    readonly text: string
    /** The code of the sentence: a key of `x-sentences` and `x-sentences-zh`. It never changes its meaning. */
    readonly code: string
    readonly params: Params
  }
}

/** A task with its history. */
export type TaskRecord = {
  /** The wire's task_id. */
  readonly id: string
  /** The campaign that created it. */
  readonly campaign: string
  /** pk/dn */
  readonly device: string
  readonly module: string
  /** The package. */
  readonly firmware: string
  readonly from: string | null
  readonly to: string
  readonly state: 'queued' | 'notified' | 'in_progress' | 'succeeded' | 'failed' | 'timed_out' | 'rejected' | 'canceled'
  readonly reason: string | null
  readonly code: number | null
  readonly desc: string | null
  readonly step: number | null
  readonly phase: number | null
  readonly attempt: number
  readonly notBefore: string | null
  readonly timesOutAt: string | null
  /** Bytes of the image that were served to it, each counted once. */
  readonly bytes: number
  /** Bytes of the image. */
  readonly size: number
  /** UTC. */
  readonly createdAt: string
  readonly notifiedAt: string | null
  readonly startedAt: string | null
  readonly endedAt: string | null
  readonly advice?: {
    /** What to do where it ended without success. In the language of the request. */
    readonly text: string
    /** The code of the sentence: a key of `x-sentences` and `x-sentences-zh`. It never changes its meaning. */
    readonly code: string
    readonly params: Params
  }
  readonly history: readonly ({
    /** UTC. */
    readonly at: string
    readonly state: 'queued' | 'notified' | 'in_progress' | 'succeeded' | 'failed' | 'timed_out' | 'rejected' | 'canceled'
    readonly note: string
    readonly code: string | null
    readonly params: Params | null
  })[]
}

export type Health = {
  readonly status: 'ok' | 'ready' | 'not ready'
  readonly version: string
}

export type Retried = {
  readonly retried: number
}

export type Finding = {
  readonly area: 'settings' | 'server' | 'directory' | 'store' | 'images' | 'disk' | 'rights' | 'ports' | 'descriptors' | 'clock' | 'certificates' | 'network' | 'devices'
  /** skipped: it could not be looked at. */
  readonly result: 'ok' | 'warning' | 'fault' | 'skipped'
  /** What was found. In the language of the request. */
  readonly text: string
  /** The code of the sentence: a key of `x-sentences` and `x-sentences-zh`. It never changes its meaning. */
  readonly code: string
  readonly params: Params
  readonly remedy: {
    /** What to do; commands are in backticks. In the language of the request. */
    readonly text: string
    /** The code of the sentence: a key of `x-sentences` and `x-sentences-zh`. It never changes its meaning. */
    readonly code: string
    readonly params: Params
  } | null
}

export type Doctor = {
  readonly version: string
  /** UTC. */
  readonly time: string
  readonly findings: readonly (Finding)[]
  /** How devices reach the server. */
  readonly reach: {
    /** Where it listens for MQTT, as URLs; a wildcard host is every address of the machine. */
    readonly mqtt: readonly (string)[]
    /** The same for downloads. */
    readonly firmware: readonly (string)[]
    /** What links begin with instead, by the setting that says so. */
    readonly publicUrls: readonly ({
      readonly setting: string
      readonly url: string
    })[]
    /** Path of a test link, which is signed as links of images are. */
    readonly probe: string
  }
}

/** The first one of the chain. */
export type Certificate = {
  readonly subject: string
  readonly issuer: string
  /** Host names and addresses that it is for. */
  readonly names: readonly (string)[]
  /** UTC. */
  readonly from: string
  /** UTC. */
  readonly until: string
  /** Whole days until it ends; below 0: it has ended. */
  readonly daysLeft: number
  /** SHA-256 of the certificate, in hex. */
  readonly fingerprint: string
}

/** Where the server listens for what. */
export type Listener = {
  readonly service: 'mqtt' | 'firmware' | 'admin'
  /** With the port in use. */
  readonly url: string
  readonly scheme: string
  /** `::` and `0.0.0.0` are all addresses. */
  readonly host: string
  readonly port: number
  readonly encrypted: boolean
  readonly certificate: Certificate | null
}

/** The server, and the disk that it writes to. null: the system does not say. */
export type ServerFacts = {
  readonly version: string
  /** UTC. */
  readonly startedAt: string
  /** Now, by its clock. */
  readonly at: string
  /** Where its data is. */
  readonly directory: string
  readonly dataBytes: number | null
  readonly freeBytes: number | null
  readonly diskBytes: number | null
  /** MQTT connections, of devices and others. */
  readonly connections: number
}

/** A setting in effect, and where it came from. */
export type Setting = {
  /** As in docs/settings.md. */
  readonly path: string
  /** In effect. A secret is shown as `{"hidden":true}`, or null where none is set. */
  readonly value: unknown
  /** `program`: given by the program that embeds the server. */
  readonly source: 'flag' | 'environment' | 'file' | 'default' | 'program'
  readonly from: string | null
  readonly description: string
}

/** The state of the server and the fleet in one answer. */
export type Overview = {
  /** Of the server. */
  readonly version: string
  /** UTC. */
  readonly at: string
  readonly devices: {
    readonly known: number
    /** Connected, or reached by the connection of their gateway. */
    readonly online: number
    /** The 20 modules of products that most devices have reported. */
    readonly modules: readonly ({
      readonly product: string
      readonly module: string
      /** That have reported the module. */
      readonly devices: number
      /** The ten that most devices run. */
      readonly versions: readonly ({
        readonly version: string
        readonly devices: number
      })[]
      /** Besides these. */
      readonly others: {
        readonly versions: number
        readonly devices: number
      }
    })[]
    /** Modules of products besides these. */
    readonly otherModules: number
  }
  /** MQTT connections, of devices and others. */
  readonly connections: number
  readonly packages: {
    readonly known: number
    readonly newest: string | null
  }
  /** Each device's newest attempt in each campaign that is kept. */
  readonly tasks: {
    readonly queued: number
    readonly notified: number
    readonly in_progress: number
    readonly succeeded: number
    readonly failed: number
    readonly timed_out: number
    readonly rejected: number
    readonly canceled: number
  }
  readonly downloads: {
    readonly active: number
    readonly waiting: number
  }
  /** Of the last second. */
  readonly rates: {
    /** Published by clients. */
    readonly messagesReceived: number
    /** Sent to clients. */
    readonly messagesSent: number
    /** Bytes of images. */
    readonly downloadBytes: number
  }
  /** Scheduled, running and paused ones, the newest first, at most 20. */
  readonly campaigns: readonly ({
    /** The campaign. */
    readonly id: string
    readonly name: string
    readonly status: 'draft' | 'scheduled' | 'running' | 'paused' | 'completed' | 'canceled'
    readonly reason: string | null
    readonly text: string | null
    readonly code: string | null
    readonly params: Params | null
    readonly product: string
    readonly module: string
    readonly version: string
    readonly phase: number | null
    readonly phases: number
    readonly opens: number | null
    readonly counts: Counts
    /** Targets that wait for another campaign and have no task yet. */
    readonly waiting: number
    readonly startedAt: string | null
  })[]
  /** Scheduled, running and paused ones besides these. */
  readonly otherCampaigns: number
  /** The newest 20 tasks that failed, timed out or were rejected, by state and reason. */
  readonly failures: readonly ({
    readonly state: 'queued' | 'notified' | 'in_progress' | 'succeeded' | 'failed' | 'timed_out' | 'rejected' | 'canceled'
    readonly reason: string | null
    /** Of the newest 20. */
    readonly count: number
    /** The newest first. */
    readonly tasks: readonly ({
      /** The task. */
      readonly task: string
      /** Its campaign. */
      readonly campaign: string
      readonly device: string
      readonly module: string
      readonly version: string
      /** UTC. */
      readonly at: string
      /** How it ended. In the language of the request. */
      readonly text: string
      /** The code of the sentence: a key of `x-sentences` and `x-sentences-zh`. It never changes its meaning. */
      readonly code: string
      readonly params: Params
    })[]
  })[]
  /** The newest 20 connections that were refused. */
  readonly refusals: readonly (Refused)[]
  /** What an operator should look after. */
  readonly warnings: readonly ({
    /** The warning. In the language of the request. */
    readonly text: string
    /** The code of the sentence: a key of `x-sentences` and `x-sentences-zh`. It never changes its meaning. */
    readonly code: string
    readonly params: Params
  })[]
  /** The same rates for each of the last 300 seconds, the oldest first. */
  readonly history: {
    readonly messagesReceived: readonly (number)[]
    readonly messagesSent: readonly (number)[]
    readonly downloadBytes: readonly (number)[]
  }
}

/** Who makes the request. */
export type Whoami = {
  /** file: the token in admin.token. */
  readonly kind: 'file' | 'token' | 'person'
  readonly name: string
  readonly role: 'viewer' | 'operator' | 'admin' | 'station'
  readonly station: string | null
  readonly by: 'token' | 'session'
}

/** A token, without itself. */
export type ApiToken = {
  readonly name: string
  readonly role: 'viewer' | 'operator' | 'admin' | 'station'
  readonly station: string | null
  /** UTC. */
  readonly createdAt: string
  /** The name of the person or token that made it. */
  readonly createdBy: string
  readonly usedAt: string | null
  readonly usedFrom: string | null
}

/** A token that was made. */
export type NewApiToken = {
  readonly name: string
  readonly role: 'viewer' | 'operator' | 'admin' | 'station'
  readonly station: string | null
  /** UTC. */
  readonly createdAt: string
  /** The name of the person or token that made it. */
  readonly createdBy: string
  readonly usedAt: string | null
  readonly usedFrom: string | null
  /** Shown only now. */
  readonly token: string
}

/** A person who may sign in. */
export type User = {
  readonly name: string
  readonly role: 'viewer' | 'operator' | 'admin'
  /** UTC. */
  readonly createdAt: string
  /** The name of the person or token that made it. */
  readonly createdBy: string
  readonly usedAt: string | null
  /** Sessions that have not ended. */
  readonly sessions: number
}

export type SignInCode = {
  /** For `/#code=…`; works once. */
  readonly code: string
  /** UTC. */
  readonly expiresAt: string
}

export type EndedSessions = {
  /** Sessions. */
  readonly ended: number
}

/** An act of a person, a token or the server. */
export type AuditLine = {
  /** Without a gap. */
  readonly seq: number
  /** UTC. */
  readonly at: string
  readonly kind: 'file' | 'token' | 'person' | 'server'
  readonly name: string
  readonly role: string | null
  readonly address: string | null
  /** The operationId of the route, or `acceptLoss` and `restore` of the server. */
  readonly act: string
  readonly subject: string | null
  /** Field to [before, after]. */
  readonly changes: { readonly [name: string]: readonly (unknown)[] }
  /** What else was given. */
  readonly detail: { readonly [name: string]: unknown }
  /** The hash of the line before. */
  readonly prev: string
  /** SHA-256 of this line as it is stored, without the hash. */
  readonly hash: string
}

/** Whether the lines of the audit fit together. */
export type AuditVerdict = {
  /** Lines that are there. */
  readonly lines: number
  readonly head: string | null
  readonly faults: readonly ({
    readonly from: number
    readonly to: number
    /** What does not fit. In the language of the request. */
    readonly text: string
    /** The code of the sentence: a key of `x-sentences` and `x-sentences-zh`. It never changes its meaning. */
    readonly code: string
    readonly params: Params
  })[]
}

export type Measurement = {
  readonly name: string
  readonly value: number | string | boolean
  readonly unit: string | null
  readonly low: number | null
  readonly high: number | null
  readonly equals: number | string | boolean | null
  readonly outcome: 'passed' | 'failed' | null
  /** Passed, within 5 % of the range from one of its ends. */
  readonly marginal: boolean
}

export type RunStep = {
  readonly name: 'bind' | 'connect' | 'identify' | 'update' | 'restart' | 'selftest' | 'label'
  readonly outcome: 'passed' | 'failed' | 'error' | 'aborted' | 'skipped' | null
  /** UTC. */
  readonly startedAt: string
  readonly endedAt: string | null
  readonly code: 'NO_CONNECT' | 'OTHER_BOARD' | 'WRONG_SECRET' | 'WRONG_SLOT' | 'WRONG_PRODUCT' | 'FACTORY_NAME' | 'CONTENDED' | 'BOUND_ELSEWHERE' | 'BUSY' | 'NO_VERSION' | 'UPDATE_FAILED' | 'UPDATE_TIMEOUT' | 'NO_DOWNLOAD' | 'NO_RESTART' | 'ROLLED_BACK' | 'SELFTEST_FAILED' | 'SELFTEST_MISSING' | 'LOST' | 'JIG_FAILED' | 'JIG_ERROR' | 'ABORTED' | 'REFERENCE_WRONG' | 'NOT_STORED' | null
  readonly text: string | null
  readonly textCode: string | null
  readonly params: Params | null
  readonly measurements: readonly (Measurement)[]
}

/** One test of one unit at one slot. */
export type Run = {
  /** Counts up. */
  readonly id: string
  readonly station: string
  /** The fixture position. */
  readonly slot: number
  readonly procedure: string
  /** The revision of the procedure. */
  readonly rev: number
  readonly product: string
  readonly process: string
  readonly serial: string
  /** What was scanned. */
  readonly label: string
  readonly device: string | null
  readonly operator: string | null
  readonly workOrder: string | null
  /** Counts up in this process of the unit. */
  readonly attempt: number
  readonly reference: 'golden' | 'bad' | null
  readonly reason: string | null
  readonly state: 'waiting' | 'identifying' | 'updating' | 'restarting' | 'testing' | 'ended'
  readonly outcome: 'passed' | 'failed' | 'error' | 'aborted' | null
  readonly code: 'NO_CONNECT' | 'OTHER_BOARD' | 'WRONG_SECRET' | 'WRONG_SLOT' | 'WRONG_PRODUCT' | 'FACTORY_NAME' | 'CONTENDED' | 'BOUND_ELSEWHERE' | 'BUSY' | 'NO_VERSION' | 'UPDATE_FAILED' | 'UPDATE_TIMEOUT' | 'NO_DOWNLOAD' | 'NO_RESTART' | 'ROLLED_BACK' | 'SELFTEST_FAILED' | 'SELFTEST_MISSING' | 'LOST' | 'JIG_FAILED' | 'JIG_ERROR' | 'ABORTED' | 'REFERENCE_WRONG' | 'NOT_STORED' | null
  readonly text: string | null
  readonly textCode: string | null
  readonly params: Params | null
  readonly steps: readonly (RunStep)[]
  readonly tasks: readonly (string)[]
  readonly remote: string | null
  /** By module. */
  readonly versionBefore: { readonly [name: string]: string }
  /** By module. */
  readonly versionAfter: { readonly [name: string]: string }
  /** The board was connected before the scan. */
  readonly wasConnected: boolean
  /** The server's clock was behind: the order is that of the ids. */
  readonly clockSuspect: boolean
  /** UTC. */
  readonly scannedAt: string
  readonly connectedAt: string | null
  readonly endedAt: string | null
}

/** What a scan has done that began no run. */
export type Scanned = {
  /** `ignored`: the scanner sent the same code twice. */
  readonly kind: 'command' | 'ignored'
  readonly text: string | null
  readonly code: string | null
  readonly params: Params | null
  readonly run: Run | null
}

export type YieldRow = {
  /** What the row is of; null: not asked for, or none. */
  readonly key: {
    readonly shift: string | null
    readonly station: string | null
    readonly process: string | null
    readonly product: string | null
    readonly version: string | null
    readonly workOrder: string | null
  }
  /** Units whose first counted run is in it. */
  readonly units: number
  /** Units whose first counted run passed. */
  readonly firstPassed: number
  /** Units whose last counted run passed. */
  readonly finalPassed: number
  /** Units with more than one counted run. */
  readonly retested: number
  /** No trouble found: units that did not pass at first and passed later, without a release between. */
  readonly ntf: number
  /** Runs that count. */
  readonly runs: number
  /** Of these. */
  readonly passed: number
  /** Of these. */
  readonly failed: number
  /** Of these. */
  readonly errors: number
  /** Of these. */
  readonly aborted: number
  /** Of these, from the scan to the end. */
  readonly seconds: number
  /** Runs that do not count, by code. */
  readonly uncounted: { readonly [name: string]: number }
  /** Runs of reference boards. */
  readonly references: number
  readonly firstAt: string | null
  readonly lastAt: string | null
  readonly fpy: {
    readonly part: number
    readonly of: number
  } | null
  readonly finalYield: {
    readonly part: number
    readonly of: number
  } | null
  readonly retestRate: {
    readonly part: number
    readonly of: number
  } | null
  readonly cycleTimes: {
    readonly p50: number
    readonly p95: number
  } | null
  readonly unitsPerHour: number | null
  /** Counted runs that did not pass, by code, the most frequent first. */
  readonly pareto: readonly ({
    readonly code: string
    /** Runs. */
    readonly count: number
    /** This and all before it. */
    readonly cumulative: {
      readonly part: number
      readonly of: number
    }
  })[]
}

/** Figures of yield, by what was asked for. */
export type Yield = {
  /** UTC. */
  readonly from: string
  /** UTC. */
  readonly to: string
  readonly items: readonly (YieldRow)[]
  readonly rty: {
    readonly part: number
    readonly of: number
  } | null
  /** There are no pages. */
  readonly next: null
}

/** One revision of how a product is tested in a process. */
export type Procedure = {
  readonly id: string
  /** Of this revision, which never changes. */
  readonly rev: number
  readonly product: string
  readonly process: string
  readonly bind: 'name' | 'secret' | 'next'
  readonly serial: {
    readonly pattern: string | null
  }
  readonly firmware: readonly ({
    readonly module: string
    /** The package. */
    readonly firmware: string
    readonly version: string
    readonly sha256: string
  })[]
  readonly reflash: 'never' | 'always'
  /** Processes that the unit must have passed before. */
  readonly requires: readonly (string)[]
  readonly steps: {
    readonly connectSeconds: number
    readonly updateSeconds: number
    readonly restartSeconds: number
    readonly selfTestSeconds: number
  }
  readonly selfTest: {
    readonly source: 'device' | 'jig'
    readonly topic: 'event/selftest' | 'property'
    readonly limits: readonly ({
      readonly name: string
      readonly unit: string | null
      readonly low: number | null
      readonly high: number | null
      readonly equals: number | string | boolean | null
    })[]
    /** A measurement that is missing fails the run. */
    readonly requireAll: boolean
  } | null
  readonly retest: {
    readonly max: number
    readonly reasonNeeded: boolean
  }
  readonly reference: {
    readonly everySeconds: number
    readonly golden: readonly (string)[]
    readonly bad: readonly (string)[]
  } | null
  readonly label: {
    readonly template: string
    readonly printer: string
  } | null
  /** UTC. */
  readonly createdAt: string
  /** The name of the person or token. */
  readonly createdBy: string
  readonly releasedAt: string | null
  readonly releasedBy: string | null
  readonly campaigns: readonly (string)[]
}

/** A revision, with the numbers of all. */
export type ProcedureRecord = {
  readonly id: string
  /** Of this revision, which never changes. */
  readonly rev: number
  readonly product: string
  readonly process: string
  readonly bind: 'name' | 'secret' | 'next'
  readonly serial: {
    readonly pattern: string | null
  }
  readonly firmware: readonly ({
    readonly module: string
    /** The package. */
    readonly firmware: string
    readonly version: string
    readonly sha256: string
  })[]
  readonly reflash: 'never' | 'always'
  /** Processes that the unit must have passed before. */
  readonly requires: readonly (string)[]
  readonly steps: {
    readonly connectSeconds: number
    readonly updateSeconds: number
    readonly restartSeconds: number
    readonly selfTestSeconds: number
  }
  readonly selfTest: {
    readonly source: 'device' | 'jig'
    readonly topic: 'event/selftest' | 'property'
    readonly limits: readonly ({
      readonly name: string
      readonly unit: string | null
      readonly low: number | null
      readonly high: number | null
      readonly equals: number | string | boolean | null
    })[]
    /** A measurement that is missing fails the run. */
    readonly requireAll: boolean
  } | null
  readonly retest: {
    readonly max: number
    readonly reasonNeeded: boolean
  }
  readonly reference: {
    readonly everySeconds: number
    readonly golden: readonly (string)[]
    readonly bad: readonly (string)[]
  } | null
  readonly label: {
    readonly template: string
    readonly printer: string
  } | null
  /** UTC. */
  readonly createdAt: string
  /** The name of the person or token. */
  readonly createdBy: string
  readonly releasedAt: string | null
  readonly releasedBy: string | null
  readonly campaigns: readonly (string)[]
  /** All of the procedure, ascending. */
  readonly revisions: readonly ({
    readonly rev: number
    readonly released: boolean
  })[]
}

/** A test station as it is set up. */
export type Station = {
  readonly id: string
  readonly name: string
  readonly slots: number
  /** The address or block of addresses of the boards of each slot; empty: not known. */
  readonly slotAddresses: readonly (string)[]
  readonly procedure: string
  /** `scan`: who works there scans a code first. */
  readonly operator: 'none' | 'scan'
  readonly language: 'en' | 'zh'
  /** How long a PASS is shown; 0: until the next scan. Seconds. */
  readonly passSeconds: number
  readonly sound: boolean
  /** UTC. */
  readonly createdAt: string
}

/** A test station with all that its screen shows. */
export type StationView = {
  readonly id: string
  readonly name: string
  readonly slots: number
  /** The address or block of addresses of the boards of each slot; empty: not known. */
  readonly slotAddresses: readonly (string)[]
  readonly procedure: string
  /** `scan`: who works there scans a code first. */
  readonly operator: 'none' | 'scan'
  readonly language: 'en' | 'zh'
  /** How long a PASS is shown; 0: until the next scan. Seconds. */
  readonly passSeconds: number
  readonly sound: boolean
  /** UTC. */
  readonly createdAt: string
  readonly rev: number | null
  readonly process: string | null
  readonly product: string | null
  readonly slotViews: readonly ({
    /** The fixture position. */
    readonly slot: number
    readonly run: Run | null
    /** The run has ended but is not on disk: it is not to be shown as passed. */
    readonly isSaving: boolean
    readonly isAcknowledged: boolean
    readonly progress: {
      /** That were sent. */
      readonly bytes: number
      /** Of all. */
      readonly size: number
      readonly step: number | null
    } | null
    readonly until: string | null
  })[]
  readonly operatorName: string | null
  readonly workOrder: string | null
  readonly chosen: number | null
  /** The current shift at this station. */
  readonly shift: {
    /** UTC. */
    readonly from: string
    /** UTC. */
    readonly to: string
    /** Units whose first counted run is in it. */
    readonly units: number
    /** Units whose first counted run passed. */
    readonly firstPassed: number
    /** Units whose last counted run passed. */
    readonly finalPassed: number
    /** Units with more than one counted run. */
    readonly retested: number
    /** No trouble found: units that did not pass at first and passed later, without a release between. */
    readonly ntf: number
    /** Runs that count. */
    readonly runs: number
    /** Of these. */
    readonly passed: number
    /** Of these. */
    readonly failed: number
    /** Of these. */
    readonly errors: number
    /** Of these. */
    readonly aborted: number
    /** Of these, from the scan to the end. */
    readonly seconds: number
    /** Runs that do not count, by code. */
    readonly uncounted: { readonly [name: string]: number }
    /** Runs of reference boards. */
    readonly references: number
    readonly firstAt: string | null
    readonly lastAt: string | null
    readonly fpy: {
      readonly part: number
      readonly of: number
    } | null
    readonly finalYield: {
      readonly part: number
      readonly of: number
    } | null
    readonly retestRate: {
      readonly part: number
      readonly of: number
    } | null
    readonly cycleTimes: {
      readonly p50: number
      readonly p95: number
    } | null
    readonly unitsPerHour: number | null
    /** Counted runs that did not pass, by code, the most frequent first. */
    readonly pareto: readonly ({
      readonly code: string
      /** Runs. */
      readonly count: number
      /** This and all before it. */
      readonly cumulative: {
        readonly part: number
        readonly of: number
      }
    })[]
  }
  readonly reference: {
    readonly dueAt: string | null
    readonly wanted: readonly ('golden' | 'bad')[]
    readonly blocked: 'golden' | 'bad' | null
  } | null
  readonly backlog: {
    /** Results. */
    readonly count: number
    readonly oldestAt: string | null
  } | null
  /** The server's time. */
  readonly now: string
}

/** A token that was made for a station. */
export type StationToken = {
  readonly name: string
  readonly station: string
  /** Shown only now. */
  readonly token: string
  /** The station's screen with the token in its fragment; the server's address goes in front. */
  readonly link: string
}

/** A serial number, its board, and what its runs add up to. */
export type Unit = {
  readonly product: string
  readonly serial: string
  readonly device: string | null
  readonly boundAt: string | null
  readonly boundBy: string | null
  readonly processes: { readonly [name: string]: {
    readonly outcome: 'passed' | 'failed' | 'error' | 'aborted' | null
    /** The newest run. */
    readonly run: string
    /** All runs. */
    readonly attempts: number
    /** Runs that count. */
    readonly counted: number
    /** Failed runs since the unit was released last. */
    readonly failures: number
    readonly firstPassed: boolean
    readonly passedAt: string | null
  } }
  readonly released: readonly ({
    /** UTC. */
    readonly at: string
    /** The name of the person or token. */
    readonly by: string
    readonly process: string | null
    readonly reason: string
  })[]
  /** Earlier boards. */
  readonly replaced: readonly ({
    readonly device: string
    /** UTC. */
    readonly at: string
    /** The name of the person or token. */
    readonly by: string
    readonly reason: string
  })[]
}

/** What a unit is and all that was done with it. */
export type BirthCertificate = {
  readonly unit: Unit
  /** The images that were on the board or were sent to it in a run; none of a run to which no board came. */
  readonly firmware: readonly ({
    /** Of it. */
    readonly run: string
    readonly module: string
    readonly version: string
    readonly sha256: string
    /** `present`: the board had reported this version before, and it was not sent. `installed`: sent in this run, and reported after it. `sent`: sent whole, and not reported since. */
    readonly state: 'present' | 'installed' | 'sent'
  })[]
  /** Oldest first. */
  readonly runs: readonly (Run)[]
}

/** A webhook, without its secret. */
export type Webhook = {
  readonly name: string
  /** Credentials and query are replaced by `***`. */
  readonly url: string
  /** Empty: all. */
  readonly events: readonly ('campaign.paused' | 'campaign.ended' | 'task.failed' | 'store.failed' | 'device.contended' | 'run.ended')[]
  /** Empty: all. */
  readonly products: readonly (string)[]
  /** Whether it has certificates of authorities of its own. */
  readonly ca: boolean
  /** UTC. */
  readonly createdAt: string
  readonly createdBy: string
  /** Events that wait. */
  readonly backlog: number
  readonly oldestAt: string | null
  /** They wait for `POST /webhooks/{name}/retry`; the newest 10 are listed. */
  readonly parked: {
    /** Events that were refused too often. */
    readonly count: number
    readonly newest: readonly ({
      readonly id: string
      readonly type: string
      /** UTC. */
      readonly at: string
      /** The last refusal. In the language of the request. */
      readonly text: string
      /** The code of the sentence: a key of `x-sentences` and `x-sentences-zh`. It never changes its meaning. */
      readonly code: string
      readonly params: Params
    })[]
  }
  readonly trouble: {
    /** UTC. */
    readonly since: string
    /** Attempts that failed one after the other. */
    readonly attempts: number
    /** UTC. */
    readonly nextAttemptAt: string
    readonly status: number | null
    /** What came back. In the language of the request. */
    readonly text: string
    /** The code of the sentence: a key of `x-sentences` and `x-sentences-zh`. It never changes its meaning. */
    readonly code: string
    readonly params: Params
  } | null
  /** Since the start. */
  readonly delivered: number
  /** Since the start. */
  readonly failedAttempts: number
  /** Since the start: too many waited, or for more than 30 days. */
  readonly dropped: number
  readonly deliveredAt: string | null
}

/** A webhook that was made or changed. */
export type WebhookWithSecret = {
  readonly name: string
  /** Credentials and query are replaced by `***`. */
  readonly url: string
  /** Empty: all. */
  readonly events: readonly ('campaign.paused' | 'campaign.ended' | 'task.failed' | 'store.failed' | 'device.contended' | 'run.ended')[]
  /** Empty: all. */
  readonly products: readonly (string)[]
  /** Whether it has certificates of authorities of its own. */
  readonly ca: boolean
  /** UTC. */
  readonly createdAt: string
  readonly createdBy: string
  /** Events that wait. */
  readonly backlog: number
  readonly oldestAt: string | null
  /** They wait for `POST /webhooks/{name}/retry`; the newest 10 are listed. */
  readonly parked: {
    /** Events that were refused too often. */
    readonly count: number
    readonly newest: readonly ({
      readonly id: string
      readonly type: string
      /** UTC. */
      readonly at: string
      /** The last refusal. In the language of the request. */
      readonly text: string
      /** The code of the sentence: a key of `x-sentences` and `x-sentences-zh`. It never changes its meaning. */
      readonly code: string
      readonly params: Params
    })[]
  }
  readonly trouble: {
    /** UTC. */
    readonly since: string
    /** Attempts that failed one after the other. */
    readonly attempts: number
    /** UTC. */
    readonly nextAttemptAt: string
    readonly status: number | null
    /** What came back. In the language of the request. */
    readonly text: string
    /** The code of the sentence: a key of `x-sentences` and `x-sentences-zh`. It never changes its meaning. */
    readonly code: string
    readonly params: Params
  } | null
  /** Since the start. */
  readonly delivered: number
  /** Since the start. */
  readonly failedAttempts: number
  /** Since the start: too many waited, or for more than 30 days. */
  readonly dropped: number
  readonly deliveredAt: string | null
  readonly secret: string | null
}

/** What came back of a test. */
export type WebhookTest = {
  /** Of the event that was sent. */
  readonly id: string
  /** The receiver took it. */
  readonly ok: boolean
  readonly status: number | null
  /** How long it took. */
  readonly ms: number
  /** What came back. In the language of the request. */
  readonly text: string
  /** The code of the sentence: a key of `x-sentences` and `x-sentences-zh`. It never changes its meaning. */
  readonly code: string
  readonly params: Params
}

export type WebhookRetry = {
  /** That wait again. */
  readonly events: number
}
