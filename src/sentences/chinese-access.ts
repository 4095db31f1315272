// 中文: people, tokens, roles, sessions, and the audit.

import { chosen, roleWords } from './chinese-words.ts'
import type { accessSentences } from './english-access.ts'

const roles = `{name} 的角色是“${chosen('role', roleWords)}”`
const needed = `“${chosen('needed', roleWords)}”角色`

export const chineseAccess: Readonly<Record<keyof typeof accessSentences, string>> = {
  access_record_unreadable: '人员和令牌的记录 {key} 无法读取；请从备份恢复。',
  audit_changed: '第 {from} 行有改动：内容与哈希值不符。',
  audit_head_missing: '审计缺少应有的最后一行（第 {from} 行）：末尾的行已删除或重写。',
  audit_missing: '{count, plural, =1 {缺少第 {from} 行} other {缺少第 {from} 至 {to} 行}}。',
  audit_stray: '第 {from} 行之后有一条不属于审计的记录：其他程序写入过数据库。',
  audit_unlinked: '第 {to} 行与第 {from} 行不衔接：其中一行已重写。',
  field_not_a_name: '必须为 1 至 64 个字符，不能含空格、不可见的字符和 / \\ , ; : ? # % " < > 中的任何一个，也不能以点或重音符号开头',
  field_not_a_proxy: '必须是 IP 地址或网段，例如 10.0.0.0/8',
  last_admin_stays: '{name} 是最后一名管理员：请先用 "fogbell user role NAME admin" 指定另一名管理员。',
  origin_foreign: '{origin} 的页面不能使用 {host} 的会话执行此操作。使用反向代理时，请让代理原样转发浏览器发送的 Host 请求头。',
  origin_missing: '用会话修改数据的请求必须带 Origin 请求头；程序请使用令牌。',
  password_current_missing: '修改自己的密码时，必须同时提供当前密码。',
  password_current_wrong: '当前密码错误。',
  rights_changed: '请求开始之后，调用者的权限已变更；请重新发送。',
  role_needed: `${roles}；此操作需要${needed}。`,
  role_needed_for_secrets: `${roles}；修改设备密钥需要${needed}。`,
  session_ended: '会话不存在或已结束；请重新登录。',
  sign_in_busy: '同时登录的人过多；请几秒后重试。',
  sign_in_form: '请提供 code，或 token，或 name 和 password',
  sign_in_paused: '该地址的错误尝试过多；请 {seconds, number} 秒后重试。',
  sign_in_wrong: '用户名或密码、令牌、登录码无效。登录码只能使用一次，15 分钟内有效；运行 "fogbell login" 可生成新的登录码。',
  station_missing: '角色为工站（station）的令牌必须指定工站 ID',
  station_not_wanted: '只有角色为工站（station）的令牌才能指定工站',
  station_signs_in_nowhere: '工站直接使用令牌，不能像人员那样登录。',
  token_exists: '已有名为 {name} 的令牌；请先删除，或换一个名称。',
  token_of_file_stays: 'admin.token 文件中的令牌不能删除；请用 "fogbell token rotate" 更换。',
  token_unknown: '没有名为 {name} 的令牌。',
  user_exists: '已有名为 {name} 的用户。',
  user_unknown: '没有名为 {name} 的用户。',
}
