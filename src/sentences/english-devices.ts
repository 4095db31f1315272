// Devices and gateways: presence, names, refusals. ICU MessageFormat.

export const deviceSentences = {
  connection_replaced: 'a newer connection of {device} has replaced this one',
  device_never_seen: 'there is no device {device}: it has never connected and was not added',
  device_unknown: 'there is no device {device}: see `fogbell device list`',
  gateway_is_sub_device: 'the gateway {gateway} is itself a sub-device, of {of}',
  gateway_unknown: 'the gateway {gateway} is not known: add it first',
  import_faults: 'the list has {count, plural, one {a fault} other {# faults}}; nothing was taken from it',
  is_itself_a_gateway: '{device} is itself a gateway',
  name_empty: 'the {what, select, product {product key} other {device name}} is empty',
  name_holds_reserved:
    'the {what, select, product {product key} other {device name}} contains {character}, which topics or usernames need for themselves',
  name_is_dots: 'the {what, select, product {product key} other {device name}} is "{part}", which no URL can carry',
  name_starts_with_dollar:
    'the {what, select, product {product key} other {device name}} starts with "$", which topics reserve for the server',
  name_too_long: 'the {what, select, product {product key} other {device name}} is longer than {most} characters',
  name_unusable: '{text} cannot be used: {why}',
  own_gateway: 'a device cannot be its own gateway',
  presence_not_subscribed: 'connected{gateway, select, null {} other { through gateway {gateway}}}, but no filter covers its down topic',
  presence_offline:
    'offline{gateway, select, null {} other { through gateway {gateway}}}, {seen, select, null {never seen} other {since {seen}}}',
  presence_reachable: 'connected and subscribed{gateway, select, null {} other { through gateway {gateway}}}',
} as const
