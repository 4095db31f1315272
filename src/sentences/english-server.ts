// The server's own: settings, listeners, store, images, data directory.

export const serverSentences = {
  broker_not_listening: 'the broker was used before it listened',
  mqtt_listen_failed:
    '{url} cannot be listened on ({why}): {code, select, EADDRINUSE {another program uses the port; stop it or choose another port} EACCES {permission denied; ports below 1024 need a privilege, so choose a higher one} EADDRNOTAVAIL {this machine has no such address; choose one that it has, or 0.0.0.0 for all} ENOTFOUND {the name is unknown; choose an address of this machine, or 0.0.0.0 for all} other {see mqtt.listeners}}',
  mqtt_listener_address_invalid:
    'mqtt.listeners[{at}].url: found "{url}"; expected an address such as mqtt://0.0.0.0:1883, mqtts://[::]:8883 or ws://0.0.0.0:8083',
  mqtt_listener_ca_missing: 'mqtt.listeners[{at}]: "requestCert" needs "ca", the authorities that sign client certificates',
  mqtt_listener_certificate_invalid:
    'mqtt.listeners[{at}]: the certificate or key of {url} cannot be used ({why}); "cert" and "key" must be PEM texts that belong together',
  mqtt_listener_tls_missing: 'mqtt.listeners[{at}]: {url} needs "cert" and "key"',
  mqtt_packet_impossible: 'MQTT cannot carry {what, select, topic {a topic} other {a packet}} of {size} bytes',
  mqtt_user_fault: '{path}: {fault}',
  mqtt_users_invalid: '{faults}',
  password_hash_invalid: 'not a hash of the form scrypt$N$r$p$salt$hash; make one with `fogbell password`',
  topic_filter_invalid: 'found "{filter}"; expected a topic filter: "+" must be a whole level, "#" the whole last level',
  username_repeated: 'the username "{username}" appears twice',
} as const
