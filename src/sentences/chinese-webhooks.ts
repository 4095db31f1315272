// Webhooks in Chinese: what alerts say, and what receivers answer.

import type { webhookSentences } from './english-webhooks.ts'

export const chineseWebhooks: Readonly<Record<keyof typeof webhookSentences, string>> = {
  warning_webhook_dropped: 'Webhook {name} 自启动以来丢失了 {count, number} 个事件：等待的事件过多，或等待时间过长。',
  warning_webhook_failing: 'Webhook {name} 自 {since} 起未接收事件；{count, number} 个事件正在等待。{why}',
  warning_webhook_parked: 'Webhook {name} 多次拒绝了 {count, number} 个事件；运行 "fogbell webhook retry {name}" 可重新发送。',
  webhook_answered: '接收方返回了 {status}。',
  webhook_ca_wrong: '必须是一个或多个 PEM 格式的证书',
  webhook_campaign_ended:
    '升级活动 {campaign}（{name}）{status, select, completed {已完成} other {已取消}}：成功 {succeeded, number} 台设备，失败 {failed} 台。',
  webhook_campaign_paused: '升级活动 {campaign}（{name}）已暂停：{why}。',
  webhook_delivered: '接收方已接收，返回 {status}。',
  webhook_device_contended: '多个客户端使用 {device} 的身份并相互顶替，来自 {addresses}。',
  webhook_event_unreadable: '无法从数据库中读取该事件：{why}。',
  webhook_exists: '名为 {name} 的 Webhook 已存在。',
  webhook_no_answer: '接收方未在 {seconds, number} 秒内响应。',
  webhook_of_setting: 'Webhook {name} 由设置 mes.webhook 管理：请在设置中修改，然后重启。',
  webhook_paused_by: '由{kind, select, token {令牌 {by} } file {数据目录的令牌（{by}）} other { {by} }}暂停',
  webhook_paused_by_operator: '操作员已暂停',
  webhook_phase_failed: '灰度批次 {phase} 已结束，但成功数不足',
  webhook_record_unreadable: '无法读取 Webhook 记录 {key}；请从备份恢复。',
  webhook_redirected: '接收方返回了 {status}：不支持重定向，请填写重定向后的地址。',
  webhook_refused: '接收方拒绝了该事件，返回 {status}。',
  webhook_run_ended:
    '测试记录 {run}：{serial}（{product}，{process}，第 {attempt} 次尝试）{outcome, select, passed {合格} failed {不合格} error {因工站故障结束} aborted {已中止} other {已结束}}。{why, select, null {} other {{why}}}',
  webhook_task_failed: '升级活动 {campaign} 的任务 {task}：{device} 未能升级到 {version}（模块 {module}）：{why}。',
  webhook_test: 'Webhook {name} 的测试事件。',
  webhook_unknown: '没有名为 {name} 的 Webhook。',
  webhook_unreachable: '无法连接接收方：{why}。',
  webhook_url_wrong: '必须是以 http:// 或 https:// 开头的地址，且不能包含片段（#）',
  webhook_wrong: 'Webhook 的参数无效。',
  webhooks_full: '已有 {most} 个 Webhook；请先删除一个。',
}
