// 中文: certificates that the command makes.

import type { certsSentences } from './english-certs.ts'

export const chineseCerts: Readonly<Record<keyof typeof certsSentences, string>> = {
  certs_authority_exists: '{file} 已存在：设备信任该 CA，因此不会覆盖；请用 --dir 指定其他目录，或先删除这两个文件',
  certs_authority_expired: '{dir} 中的 CA 已于 {until} 过期：请在其他目录新建 CA（fogbell certs init --dir DIR）',
  certs_authority_missing: '{file} 不存在：请先创建 CA（fogbell certs init --dir {dir}）',
  certs_authority_unusable: '{cert} 和 {key} 不是 CA 证书及其 RSA 私钥（{why}）：请指定 fogbell certs init 使用的目录',
  certs_device_invalid: '“{device}”不是可以连接的设备：{why}',
  certs_file_failed: '{file} 无法写入：{why}',
  certs_file_unreadable: '{file} 无法读取：{why}',
  certs_key_unusable: '{file} 不是可以继续使用的私钥（{why}）：请用 --new-key 重新生成',
  certs_name_invalid: '“{name}”既不是主机名，也不是 IP 地址，无法为其签发证书',
  certs_no_authority: '该证书无权签发证书',
  certs_no_pair: '二者不匹配',
  certs_not_pem: '不是 PEM 格式：{why}',
  certs_not_rsa: '不是 RSA 密钥',
}
