// The words of the API's states, reasons and roles in Chinese, as choices of ICU MessageFormat for the sentences that show them; what is
// not listed is shown as it is.

export type Words = Readonly<Record<string, string>>

/** A choice by the value of the parameter. */
export const chosen = (name: string, words: Words, other = `{${name}}`): string =>
  `{${name}, select, ${Object.entries(words)
    .map(([value, text]) => `${value} {${text}}`)
    .join(' ')} other {${other}}}`

export const taskStateWords = {
  queued: '排队中',
  notified: '已通知',
  in_progress: '升级中',
  succeeded: '成功',
  failed: '失败',
  timed_out: '超时',
  rejected: '已拒绝',
  canceled: '已取消',
} as const

export const campaignStatusWords = {
  draft: '草稿',
  scheduled: '已定时',
  running: '进行中',
  paused: '已暂停',
  completed: '已完成',
  canceled: '已取消',
} as const

/** Why a task ended. */
export const endReasonWords = {
  upgrade_error: '升级失败',
  download_error: '下载失败',
  verify_error: '校验失败',
  burn_error: '写入失败',
  device_error: '设备报错',
  unexpected_version: '版本不符',
  rolled_back: '已回滚',
  no_response: '无响应',
  upgrade: '升级超时',
  stall: '下载停滞',
  operator: '运维人员取消',
  aborted: '触发中止规则',
  superseded: '由其他升级活动取代',
  not_eligible: '不再符合条件',
  expired: '升级活动到期',
  device_removed: '设备已删除',
  late: '结束后才上报成功',
} as const

/** Why a campaign has its status. */
export const campaignReasonWords = {
  operator: '运维人员操作',
  aborted: '触发中止规则',
  expired: '已过结束时间',
  phase_failed: '灰度批次未通过',
  image_missing: '固件缺失',
  image_damaged: '固件损坏',
  image_unreadable: '固件无法读取',
} as const

/** Why a message of a device was dropped. */
export const dropReasonWords = {
  too_large: '消息过大',
  not_json: '不是 JSON',
  not_object: '不是 JSON 对象',
  unknown_method: '未知的 method',
  downlink_method: '把下行消息发到了上行主题',
  bad_params: 'params 有误',
  bad_identity: 'identity 有误',
  bad_element: '列表元素有误',
  too_many_elements: '列表元素过多',
  too_many_modules: '模块过多',
  bad_version: 'version 有误',
  bad_module: 'module 有误',
  bad_step: 'step 有误',
  foreign_task: '任务属于其他设备',
  unknown_task: '任务不存在',
  stale_attempt: '已有更晚的尝试',
  no_task: '没有对应的任务',
  task_ended: '任务已结束',
  not_child: '不是该网关的子设备',
  get_rate: '请求固件过于频繁',
  unknown_device: '设备已删除',
} as const

/** What of a client's packets violated MQTT. */
export const protocolFaultWords = {
  bad_connect_flags: 'CONNECT 标志位有误',
  bad_filter: '主题过滤器无效',
  bad_flags: '固定报头标志位有误',
  bad_length: '报文长度有误',
  bad_packet_id: '报文标识符无效',
  bad_protocol: '协议名或协议级别有误',
  bad_topic: '主题名无效',
  bad_type: '报文类型无效',
  bad_utf8: '字符串不是有效的 UTF-8',
  empty_subscribe: 'SUBSCRIBE 没有主题过滤器',
  malformed: '报文格式有误',
  no_connect: '没有及时发送 CONNECT',
  not_connect: '第一个报文不是 CONNECT',
  nul_in_string: '字符串含有 NUL',
  packet_too_large: '报文过大',
  second_connect: '重复发送 CONNECT',
  server_packet: '发送了只能由服务器发送的报文',
  wrong_ack: '应答报文有误',
} as const

export const roleWords = { viewer: '只读', operator: '操作员', admin: '管理员', station: '工站' } as const

/** Kinds of JSON values. */
export const jsonTypeWords = {
  string: '文本',
  integer: '整数',
  number: '数字',
  boolean: '布尔值（true 或 false）',
  object: '对象',
  array: '列表',
} as const
