// 中文: the birth certificate of a unit, as it is printed.

import type { unitSentences } from './english-units.ts'

export const chineseUnits: Readonly<Record<keyof typeof unitSentences, string>> = {
  unit_page_aborted: '中止',
  unit_page_allowed: '允许范围',
  unit_page_at_least: '至少 {low}',
  unit_page_at_most: '至多 {high}',
  unit_page_attempt: '尝试次数',
  unit_page_board: '板',
  unit_page_bound: '绑定时间',
  unit_page_by: '操作人',
  unit_page_error: '错误',
  unit_page_failed: '不合格',
  unit_page_firmware: '固件',
  unit_page_image: '固件状态',
  unit_page_image_state: `{state, select,
    present {板子上已有}
    installed {已安装}
    other {已发送，之后未上报}
  }`,
  unit_page_kind: '类型',
  unit_page_made: '由 Fogbell 于 {at} 打印',
  unit_page_measured: '测量值',
  unit_page_measurement: '测量项',
  unit_page_open: '未结束',
  unit_page_operator: '操作员',
  unit_page_order: '工单',
  unit_page_passed: '合格',
  unit_page_procedure: '测试流程',
  unit_page_process: '工序',
  unit_page_product: '产品型号',
  unit_page_range: '{low} 至 {high}',
  unit_page_reason: '原因',
  unit_page_reference: `{kind, select,
    golden {标准板}
    other {坏板}}`,
  unit_page_releases: '维修后放行',
  unit_page_replaced: '曾用的板',
  unit_page_result: '结果',
  unit_page_revision: '{procedure}，版本 {rev}',
  unit_page_run: '测试记录 {run}',
  unit_page_runs: '测试记录',
  unit_page_serial: '序列号',
  unit_page_skipped: '跳过',
  unit_page_station: '工站',
  unit_page_station_slot: '{station}，{slot} 号槽位',
  unit_page_step: `{name, select,
    bind {绑定}
    connect {连接}
    identify {识别}
    update {升级}
    restart {重启}
    selftest {自检}
    other {标签}}`,
  unit_page_steps: '步骤',
  unit_page_time: '时间',
  unit_page_title: '{serial} 的出厂记录',
  unit_page_version: '版本',
}
