// 中文: the warnings of the overview.

import type { siteSentences } from './english-site.ts'

export const chineseSite: Readonly<Record<keyof typeof siteSentences, string>> = {
  warning_certificate_ended: '{url} 的证书已于 {until} 过期，客户端会拒绝连接。请更新证书，并向服务器发送 SIGHUP 使其生效',
  warning_certificate_ends:
    '{url} 的证书{days, plural, =0 {不到一天后过期} other {将在 # 天后过期}}（{until}）。请更新证书，并向服务器发送 SIGHUP 使其生效',
  warning_descriptors: '进程无法再打开文件或建立连接：请提高上限（服务的 LimitNOFILE=），然后重启',
  warning_disputed:
    '有 {count, number} 台设备既由网关上报，又自行连接：{devices}{more, plural, =0 {} other { 及另外 # 台}}。请用 `fogbell device add PK/DN --gateway PK/DN` 或 `--no-gateway` 指定归属',
  warning_log_dropped: '启动以来有 {lines, number} 行日志未能写出：读取服务器输出的程序太慢，或磁盘已满',
  warning_store_lost:
    '上次启动时，数据库日志中有 {bytes, number} 字节无法读取，{commits, plural, =0 {没有提交丢失} other {丢失 # 次提交}}：设备会重新上报丢失的内容，运维人员最近的修改需要人工核对',
}
