// Test stations in Chinese: what is asked of them that cannot be done, and what happens there beside the tests.

import type { floorSentences } from './english-floor.ts'

export const chineseFloor: Readonly<Record<keyof typeof floorSentences, string>> = {
  floor_label_failed: '{serial} 的标签未能打印：{why}。',
  floor_label_lost: '服务器在确认 {serial} 的标签是否已打印之前停止。如果产品上没有标签，请执行 `fogbell unit label {product}/{serial}`。',
  floor_label_none: '测试流程 {procedure} 不打印标签。',
  floor_label_not_passed: '产品 {serial} 尚未合格，没有可打印的标签。',
  floor_mes_answered: '它返回了 {status}',
  floor_mes_large: '其应答超过 {most} 字节',
  floor_mes_late: '{ms} 毫秒内没有应答',
  floor_mes_not_understood: '它返回了 {status}，但内容无法识别',
  floor_mes_redirected: '其返回 {status}，但不支持重定向',
  floor_printer_closed: '打印机 {printer} 在收到标签之前关闭了连接：{why}',
  floor_printer_late: '打印机 {printer} 在 {seconds, number} 秒内未接收标签',
  floor_printer_refused: '打印机 {printer} 拒绝连接：请检查打印机是否开机、端口是否正确',
  floor_printer_silent: '打印机 {printer} 在 {seconds, number} 秒内没有应答：请检查电源、网线和地址',
  floor_printer_stopped: '服务器在打印机 {printer} 收到标签之前停止了',
  floor_printer_unreachable: '无法连接打印机 {printer}：{why}',
  floor_procedure_unknown: '测试流程 {procedure} 不存在。',
  floor_revision_unknown: '测试流程 {procedure} 没有版本 {rev}。',
  floor_run_ended: '测试记录 {run} 已结束。',
  floor_run_not_ended: '测试记录 {run} 尚未结束，不能确认。',
  floor_run_of_device: '测试记录 {run} 的自检结果由设备上报，而不是由治具上报。',
  floor_run_not_testing: '测试记录 {run} 当前状态为 {state}：只有在测试中才接收测量值。',
  floor_run_unknown: '测试记录 {run} 不存在。',
  floor_station_not_blocked: '工站 {station} 没有锁定。',
  floor_station_runs: '工站 {station} 有 {count, number} 个测试正在进行：请先等待其结束，或将其中止。',
  floor_station_unknown: '工站 {station} 不存在。',
  floor_unit_device_taken: '设备 {device} 属于 {serial}。',
  floor_unit_running: '产品 {serial} 正在 {station} 的 {slot} 号槽位测试。',
  floor_unit_unknown: '产品型号 {product} 下没有序列号 {serial}。',
}
