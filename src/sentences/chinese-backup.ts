// 中文: making, checking and restoring a backup.

import type { backupSentences } from './english-backup.ts'

export const chineseBackup: Readonly<Record<keyof typeof backupSentences, string>> = {
  backup_busy: '服务器正在进行另一次备份：请等它结束；同一时间只能有一次备份',
  backup_cut_off: '备份尚未完成，与服务器的连接就断开了（{why}）：请查看服务器日志，然后重试',
  backup_encrypted: '{of} 已加密：请用 --passphrase-file 指定口令文件',
  backup_ends_early: '{of} 不完整：只有 {bytes, number} 字节，到{part, select, null {文件开头} other { {part} }}为止。请换用其他备份',
  backup_exists: '{file} 已存在：请换一个文件名，或加 --force 覆盖',
  backup_image_absent: '{of} 缺少 {name} 的固件（SHA-256 {sha256}）。请换用其他备份',
  backup_image_changed:
    '数据目录中 {product}/{version} 的固件已损坏：内容与其 SHA-256 不符。请用 `fogbell firmware add` 重新添加同一文件，或删除该升级包，然后重新备份',
  backup_images_missing:
    '数据目录缺少 {count, number} 个升级包的固件：{packages}{more, plural, =0 {} other { 及另外 # 个}}。这样的备份不完整：请用 `fogbell firmware add` 重新添加同一文件，或删除这些升级包，然后重新备份',
  backup_layout_damaged: '{of} 在第 {at} 字节处损坏。请换用其他备份',
  backup_newer: '{of} 由 Fogbell {version} 生成，格式为 {format}；当前版本最高只能读取格式 {known}。请使用该版本或更高版本的 Fogbell',
  backup_not_encrypted: '{of} 没有加密，不应使用 --passphrase-file：请确认文件无误，然后去掉该选项',
  backup_not_noted: '没有提供备份：备份包含所有密钥，而审计无法记录是谁请求的。请释放数据目录所在磁盘的空间，然后重新备份',
  backup_not_one: '{of} 不是 Fogbell 的备份，或开头已损坏：请指定由 `fogbell backup` 生成的文件',
  backup_part_damaged: '{of} 中的 {part} 已损坏：与末尾 MANIFEST.json 的记载不符。请换用其他备份',
  backup_part_missing: '{of} 缺少 {part}。请换用其他备份',
  backup_row_unreadable: '{of} 中 {part} 的记录 {key} 无法读取。请换用其他备份',
  backup_server_failed: '服务器无法继续备份：{why}',
  backup_store_newer:
    '{of} 中数据库的格式为 {found}，由 Fogbell {version} 写入；当前版本最高只能读取格式 {known}。请使用该版本或更高版本的 Fogbell',
  backup_target_not_file: '{file} 不是普通文件：备份只能写入文件；请指定一个新文件',
  backup_unreadable: '{file} 无法读取：{why}',
  backup_write_failed: '无法将备份写入 {file}：{why}。没有留下残余文件；请释放空间，或换一个位置',
  passphrase_empty: '{file} 为空：请写入口令',
  restore_data_not_empty: '数据目录 {dir} 不为空（{found}）：备份只能恢复到空目录。请用 --data 指定其他目录，或先移走其中的内容',
  restore_failed: '无法将备份恢复到 {dir}：{why}。没有留下残余内容',
  restore_no_space: '{dir} 所在磁盘剩余 {free, number} 字节，恢复备份需要 {needed, number} 字节：请释放空间，或换一个目录',
  restore_under_way: '另一次恢复正在写入 {dir}：请等它结束',
  restore_unfinished:
    '向 {directory} 的恢复尚未完成，其中的内容不完整。如果当前没有恢复在运行，请再次运行 `fogbell restore`，它会从头开始。如果不需要这份备份，请换一个目录',
  restore_within: '{file} 位于数据目录 {dir} 之内：请先将备份移到别处',
  seal_altered: '{of} 已遭篡改：第 {at} 字节处的内容未通过校验。请换用其他备份',
  seal_ends_early: '{of} 不完整：结尾缺失或损坏。请换用其他备份',
  seal_header_damaged: '{of} 开头的加密信息已损坏。请换用其他备份',
  seal_wrong_passphrase: '口令与 {of} 不匹配',
}
