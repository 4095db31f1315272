// 中文: what to do about an update that ended without success.

import type { adviceSentences } from './english-advice.ts'

export const chineseAdvice: Readonly<Record<keyof typeof adviceSentences, string>> = {
  advice_battery: '设备因电量拒绝升级（{words}）：请充电后重试。',
  advice_burn: '设备未能烧写固件：请检查剩余空间和闪存，然后重试。',
  advice_device: '设备自身出错：请查看设备日志，排除原因后重试。',
  advice_download: '设备已下载 {bytes, number}/{size, number} 字节：请检查网络和下载地址，然后重试。',
  advice_download_whole: '服务器已发送全部 {size, number} 字节，但设备未能接收：请检查设备的可用内存和日志，然后重试。',
  advice_no_response: '设备没有响应升级消息：请检查设备是否在线、程序是否处理该消息，然后重试。',
  advice_other_version: '升级后设备运行的是 {version}，而不是 {to}：请检查固件编译时的版本号，并按该版本上传。',
  advice_rejected: '设备拒绝了升级：请排除设备给出的原因，然后重试。',
  advice_rolled_back: '设备启动了 {to}，又回到旧版本：重试前请在设备日志中查找原因。',
  advice_stall: '设备停在 {bytes, number}/{size, number} 字节：请检查网络和供电，然后重试。',
  advice_stall_whole: '设备已下载完整固件，之后没有消息：请检查供电以及设备是否重启，然后重试。',
  advice_upgrade_time: '升级超过了升级活动允许的时间：请检查设备是否仍在处理，然后重试。',
  advice_verify: '设备只下载了 {bytes, number}/{size, number} 字节，校验的不是完整固件：请检查网络，然后重试。',
  advice_verify_whole: '固件已完整送达：问题在设备的闪存，或在设备计算摘要的方式。请用同型号的另一台设备试一次。',
}
