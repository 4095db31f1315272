// Where settings come from and what is reported when they are wrong: real files in a directory of their own.

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ServeFlags } from '../src/settings-load.ts'
import { selfSigned } from './support/certificate.ts'
import { createSettingsFixture } from './support/settings-fixture.ts'

const { folder, write, load, faults } = createSettingsFixture()

describe('where a setting comes from', () => {
  it('nothing given is all defaults', () => {
    const settings = load({})
    expect(settings.dataDir).toBe('./data')
    expect(settings.mqtt.listeners).toEqual([{ url: 'mqtt://[::]:1883' }])
    expect(settings.mqtt.anonymous).toBeNull()
    expect(settings.firmware).toMatchObject({ listen: { host: '::', port: 8070 }, publicUrl: null, maxDownloads: 2000 })
    expect(settings.devices.enrolment).toBe('first-use')
    expect(settings.log).toEqual({ level: 'info', format: 'pretty' })
  })

  it('a flag wins over the environment, the environment over the file, the file over the default', () => {
    const file = { log: { level: 'warn' } }
    const env = { FOGBELL_LOG_LEVEL: 'error' }
    expect(load({}).log.level).toBe('info')
    expect(load({ file }).log.level).toBe('warn')
    expect(load({ file, env }).log.level).toBe('error')
    expect(load({ file, env, flags: { logLevel: 'debug' } }).log.level).toBe('debug')
  })

  it('what the file leaves out keeps its default, in lists of objects too', () => {
    const settings = load({ file: { mqtt: { maxConnections: 5, users: [{ username: 'ops', passwordHash: 'scrypt$x' }] } } })
    expect(settings.mqtt.maxConnections).toBe(5)
    expect(settings.mqtt.maxPacketBytes).toBe(1_048_576)
    expect(settings.mqtt.users).toEqual([{ username: 'ops', passwordHash: 'scrypt$x', publish: [], subscribe: [] }])
  })

  it('every flag reaches its setting', () => {
    const flags = {
      data: '/d',
      mqttPort: '1',
      firmwarePort: 2,
      adminPort: '3',
      host: '127.0.0.1',
      enrolment: 'open',
      logLevel: 'trace',
      logFormat: 'json',
    }
    expect(load({ flags })).toMatchObject({
      dataDir: '/d',
      mqtt: { listeners: [{ url: 'mqtt://127.0.0.1:1' }] },
      firmware: { listen: { host: '127.0.0.1', port: 2 } },
      admin: { listen: { host: '127.0.0.1', port: 3 } },
      devices: { enrolment: 'open' },
      log: { level: 'trace', format: 'json' },
    })
  })

  it('the environment has the short names of the flags', () => {
    const env = {
      FOGBELL_DATA: '/d',
      FOGBELL_MQTT_PORT: '1',
      FOGBELL_FIRMWARE_PORT: '2',
      FOGBELL_ADMIN_PORT: '3',
      FOGBELL_HOST: '127.0.0.1',
      FOGBELL_ENROLMENT: 'closed',
      FOGBELL_LOG_FORMAT: 'json',
    }
    expect(load({ env })).toMatchObject({
      dataDir: '/d',
      mqtt: { listeners: [{ url: 'mqtt://127.0.0.1:1' }] },
      firmware: { listen: { host: '127.0.0.1', port: 2 } },
      admin: { listen: { host: '127.0.0.1', port: 3 } },
      devices: { enrolment: 'closed' },
      log: { format: 'json' },
    })
  })

  it('the environment has a name for every setting by its path, with lists as JSON', () => {
    const env = {
      FOGBELL_DATA_DIR: '/d',
      FOGBELL_DEVICES_ENROLMENT: 'open',
      FOGBELL_OTA_STALL_SECONDS: '1.5',
      FOGBELL_FIRMWARE_LISTEN_PORT: '0',
      FOGBELL_FIRMWARE_PUBLIC_URL: 'http://updates.example:81/fw',
      FOGBELL_MQTT_LISTENERS: '[{"url":"ws://127.0.0.1:80/mqtt"}]',
      FOGBELL_MQTT_ANONYMOUS: '{"subscribe":["#"]}',
    }
    expect(load({ env })).toMatchObject({
      dataDir: '/d',
      devices: { enrolment: 'open' },
      ota: { stallSeconds: 1.5 },
      firmware: { listen: { port: 0 }, publicUrl: 'http://updates.example:81/fw' },
      mqtt: { listeners: [{ url: 'ws://127.0.0.1:80/mqtt' }], anonymous: { publish: [], subscribe: ['#'] } },
    })
  })

  it('the full name of a setting overrides the short one; null is a value and empty is unset', () => {
    const file = { firmware: { publicUrl: 'http://a:1' } }
    expect(load({ env: { FOGBELL_HOST: '127.0.0.1', FOGBELL_ADMIN_LISTEN_HOST: '::1' } }).admin.listen.host).toBe('::1')
    expect(load({ file, env: { FOGBELL_FIRMWARE_PUBLIC_URL: 'null' } }).firmware.publicUrl).toBeNull()
    expect(load({ file, env: { FOGBELL_FIRMWARE_PUBLIC_URL: '' } }).firmware.publicUrl).toBe('http://a:1')
  })

  it('--mqtt-port changes the first mqtt listener and --host all of them', () => {
    const pair = selfSigned()
    const file = {
      mqtt: { listeners: [{ url: 'mqtts://[::]:8883', ...pair }, { url: 'mqtt://[::]:1883' }, { url: 'ws://[::]:8083/mqtt' }] },
    }
    const urls = (flags: ServeFlags): readonly string[] => load({ file, flags }).mqtt.listeners.map((each) => each.url)
    expect(urls({ mqttPort: 0 })).toEqual(['mqtts://[::]:8883', 'mqtt://[::]:0', 'ws://[::]:8083/mqtt'])
    expect(urls({ host: 'fe80::1%eth0' })).toEqual([
      'mqtts://[fe80::1%eth0]:8883',
      'mqtt://[fe80::1%eth0]:1883',
      'ws://[fe80::1%eth0]:8083/mqtt',
    ])
    expect(urls({ host: '[::1]' })[1]).toBe('mqtt://[::1]:1883')
  })

  it('the settings file is named by --config, else FOGBELL_CONFIG, else the caller', () => {
    const env = { FOGBELL_CONFIG: write('env.json', { log: { level: 'warn' } }) }
    const config = write('flag.json', { log: { level: 'error' } })
    expect(load({ file: { log: { level: 'trace' } } }).log.level).toBe('trace')
    expect(load({ file: { log: { level: 'trace' } }, env }).log.level).toBe('warn')
    expect(load({ file: { log: { level: 'trace' } }, env, flags: { config } }).log.level).toBe('error')
  })

  it('variables of the command, and those of Kubernetes for a service called fogbell, are ignored', () => {
    const env = {
      FOGBELL_SERVER: 'http://x',
      FOGBELL_TOKEN: 't',
      FOGBELL_SERVICE_HOST: '10.0.0.1',
      FOGBELL_SERVICE_PORT_MQTT: '1883',
      FOGBELL_PORT: 'tcp://10.0.0.1:1883',
      FOGBELL_PORT_1883_TCP_ADDR: '10.0.0.1',
      HOME: '/',
    }
    expect(load({ env })).toEqual(load({}))
  })
})

describe('secrets in files of their own', () => {
  it('are read relative to the settings file and come as plain text', () => {
    const { cert, key } = selfSigned()
    write('admin.crt', cert)
    write('admin.key', key)
    write('ops.hash', 'scrypt$abc\n')
    const file = {
      admin: { cert: { file: 'admin.crt' }, key: { file: join(folder, 'admin.key') } },
      mqtt: {
        listeners: [{ url: 'mqtts://[::]:8883', cert: { file: 'admin.crt' }, key }],
        users: [{ username: 'ops', passwordHash: { file: 'ops.hash' } }],
      },
    }
    const settings = load({ file })
    expect(settings.admin).toMatchObject({ cert: cert.trimEnd(), key: key.trimEnd() })
    expect(settings.mqtt.listeners[0]).toMatchObject({ cert: cert.trimEnd(), key })
    expect(settings.mqtt.users[0]?.passwordHash).toBe('scrypt$abc')
  })

  it('may be named by the environment, as text or as a file', () => {
    const { cert, key } = selfSigned()
    const settings = load({ env: { FOGBELL_ADMIN_CERT: cert, FOGBELL_ADMIN_KEY_FILE: write('env.key', key) } })
    expect(settings.admin).toMatchObject({ cert, key: key.trimEnd() })
  })

  it('that cannot be read are faults with the file and the reason, and never show a secret', () => {
    write('not.pem', 'hunter2')
    const file = {
      admin: { cert: { file: 'gone.crt' }, key: { file: 'not.pem' } },
      mqtt: {
        users: [{ username: 'a', passwordHash: 'hunter2' }, { username: 'b', passwordHash: { file: 'x', mode: 1 } }, { username: 'c' }],
      },
    }
    const found = faults({ file })
    expect(found).toEqual([
      'mqtt.users[0].passwordHash: found a string (not shown); expected a string that matches ^scrypt\\$ or {"file": …}',
      'mqtt.users[1].passwordHash: found an object; expected {"file": "…"} with the path of a file and nothing else',
      'mqtt.users[2].passwordHash: missing; expected a string that matches ^scrypt\\$ or {"file": …}',
      `admin.cert.file: ${join(folder, 'gone.crt')} cannot be read: there is no such file`,
      'admin.key.file: the content of not.pem is not valid; expected a string that matches -----BEGIN [A-Z ]+-----',
    ])
    expect(found.join()).not.toContain('hunter2')
  })
})

describe('what is wrong is reported', () => {
  it('all at once, each with its path, what was found, what is expected and the nearest name', () => {
    const file = {
      mqtt: { listners: [], maxConnections: '5', keepaliveLimit: 1.5 },
      devices: { enrolment: 'firstuse' },
      firmware: { listen: { port: 65_536 }, publicUrl: 5 },
      ota: { stallSeconds: 0, getPerSecond: null },
      log: [],
      maxDownloads: 3,
      __proto__x: 1,
    }
    expect(
      faults({ file, env: { FOGBELL_OTA_STAL_SECONDS: '1', FOGBELL_ADMIN_PORT: 'http' }, flags: { mqttPort: '-1', host: 'a b' } }),
    ).toEqual([
      'FOGBELL_ADMIN_PORT: found "http"; expected a whole number from 0 to 65535',
      'FOGBELL_OTA_STAL_SECONDS: unknown variable; did you mean FOGBELL_OTA_STALL_SECONDS?',
      '--host: found "a b"; expected an address or a name, such as 127.0.0.1 or ::',
      '--mqtt-port: found -1; expected a whole number from 0 to 65535',
      'maxDownloads: unknown setting; did you mean firmware.maxDownloads?',
      '__proto__x: unknown setting; known here: dataDir, requireExisting, announce, mqtt, devices, firmware, admin, ota, station, mes, log',
      'mqtt.listners: unknown setting; did you mean mqtt.listeners?',
      'mqtt.maxConnections: found "5"; expected a whole number of at least 1',
      'mqtt.keepaliveLimit: found 1.5; expected a whole number from 0 to 65535',
      'devices.enrolment: found "firstuse"; expected one of "open", "first-use", "closed"',
      'firmware.listen.port: found 65536; expected a whole number from 0 to 65535',
      'firmware.publicUrl: found 5; expected a string that matches ^https?:// or null',
      'ota.getPerSecond: found null; expected a number above 0',
      'ota.stallSeconds: found 0; expected a number above 0, at most 31536000',
      'log: found an empty list; expected an object',
    ])
  })

  it('with line and column where the file is not JSON', () => {
    expect(faults({ file: '{\n  "mqtt": {},\n}' })).toEqual([
      `config: ${join(folder, 'fogbell.json')}:3:1 is not valid JSON: found "}" where a name in double quotes was expected`,
    ])
    expect(faults({ file: '[]' })[0]).toMatch(/does not hold an object/)
    expect(load({ file: '\uFEFF{"log":{"level":"warn"}}' }).log.level).toBe('warn')
  })

  it('where the settings file is missing or not a file', () => {
    expect(faults({ flags: { config: join(folder, 'none.json') } })).toEqual([
      `config: ${join(folder, 'none.json')} cannot be read: there is no such file`,
    ])
    expect(faults({ flags: { config: folder } })).toEqual([`config: ${folder} cannot be read: it is a directory`])
  })

  it('where a list must not be empty, and for names like __proto__', () => {
    expect(faults({ file: '{"__proto__": {}, "mqtt": {"listeners": []}}' })).toEqual([
      '__proto__: unknown setting; known here: dataDir, requireExisting, announce, mqtt, devices, firmware, admin, ota, station, mes, log',
      'mqtt.listeners: found an empty list; expected a list that is not empty',
    ])
  })

  it('where a secret is in a pipe, which nobody writes to', () => {
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    expect(faults({ file: { admin: { key: { file: 'pipe' } } } })).toEqual([
      `admin.key.file: ${pipe} is a pipe or a device; give a file, which can be read again at a reload`,
    ])
  })

  it('with a code for every fault, whose parameters hold the parts of the message', () => {
    const refused = (file: unknown): unknown => {
      try {
        return load({ file })
      } catch (thrown) {
        return thrown
      }
    }
    expect(refused({ log: { level: 5 }, ota: { stalSeconds: 1 } })).toMatchObject({
      code: 'OTA_BAD_SETTINGS',
      sentence: { code: 'settings_invalid_in_file', params: { faults: 2, file: join(folder, 'fogbell.json') } },
      faults: [
        { path: 'ota.stalSeconds', code: 'setting_unknown_near', params: { near: 'ota.stallSeconds' } },
        { path: 'log.level', code: 'setting_invalid', params: { found: '5', expected: { code: 'value_enum' } } },
      ],
    })
    expect(refused('{"log": 1,}')).toMatchObject({
      faults: [{ path: 'config', code: 'settings_file_not_json', params: { line: 1, column: 11, why: { code: 'json_unexpected' } } }],
    })
  })

  it('with a code and how many faults there are, and where', () => {
    expect(() => load({ file: { log: 1 } })).toThrow(`there is a fault in the settings (${join(folder, 'fogbell.json')})`)
    expect(() => load({ flags: { mqttPort: 'x', adminPort: 'x' } })).toThrow('there are 2 faults in the settings')
  })
})
