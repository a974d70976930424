"""Refusals in Chinese, by their code: what was wrong, and what to do.

In braces stand parameters of the refusal. What does not stand here is said by its HTTP status, with
the code and the English words beside it; a test holds what people meet at their work to be here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Said(NamedTuple):
    """A refusal in words."""

    detail: str
    remedy: str = ""


TITLES: Final[Mapping[int, str]] = {
    400: "请求有误", 401: "请先登录", 403: "无权限", 404: "未找到", 405: "方法不允许",
    409: "内容冲突", 410: "已清除", 412: "内容已变更", 413: "内容过大", 415: "内容类型不符",
    421: "访问地址有误", 422: "无法受理", 429: "请求过于频繁", 500: "系统故障", 503: "系统繁忙",
}  # fmt: skip

SAID: Final[Mapping[str, Said]] = {
    # whoever asks
    "sign_in_required": Said("尚未登录，或登录已过期", "请登录，或使用服务密钥"),
    "bad_key": Said("该密钥无效", "请使用有效的密钥"),
    "no_key": Said("此接口需要数据源密钥", "请在 Authorization 中以 Bearer 方式携带密钥"),
    "bad_page_token": Said("请求未携带本次会话的令牌", "请携带 GET /api/v1/session 返回的令牌"),
    "out_of_scope": Said("该密钥不含权限 {needs}", "请签发含此权限的密钥"),
    "no_grant": Said("您没有生效的授权", "请安全管理员授予含 {needs} 的角色"),
    "not_permitted": Said("您的角色没有此权限", "请安全管理员授予含 {needs} 的角色"),
    "outside_purpose": Said("您的授权不含此用途", "请安全管理员授予含 {needs} 的角色"),
    "outside_area": Said("超出您的授权区域", "请安全管理员授予含 {needs} 的角色"),
    "outside_unit": Said("超出您的授权单位", "请安全管理员授予含 {needs} 的角色"),
    "own_work": Said("经办人不能核查自己的工作", "请由其他单位或人员核查"),
    "forbidden": Said("无权执行此操作", "请申请权限 {needs}"),
    "foreign_host": Said("访问地址不是本机名称", "请使用 --name 所设的名称访问"),
    "foreign_origin": Said("不接受其他网站页面的请求", "请使用本系统的页面"),
    "not_through_proxy": Said("只接受经 TLS 代理的请求", "请通过代理访问"),
    # the request itself
    "unknown": Said("未找到所查内容", "请核对编号后再查"),
    "no_route": Said("该地址不存在", "接口列表见 docs/operating.md"),
    "wrong_method": Said("该地址不支持此方法", "接口列表见 docs/operating.md"),
    "not_json": Said("内容类型不是 JSON", "请发送 application/json"),
    "bad_json": Said("内容不是有效的 JSON", "请发送一个 UTF-8 编码的 JSON 对象"),
    "bad_fields": Said("字段有误：{reason}{field}", "请按接口说明填写"),
    "bad_parameter": Said("参数 {name} 有误", "请按接口说明填写"),
    "bad_cursor": Said("翻页游标无效", "请使用上一页返回的 next"),
    "bad_time": Said("时间无法识别", "请填写微秒数，或如 2026-11-26T08:00:00+08:00"),
    "bad_span": Said("起始时间不早于结束时间", "请调整时间范围"),
    "bad_target": Said("目标地址无效", "请填写可访问的地址"),
    "bad_key_of_request": Said("Idempotency-Key 格式有误", "请为每个请求使用新的 UUID"),
    "key_reused": Said("该 Idempotency-Key 已用于其他内容", "请为每个请求使用新的键"),
    "bad_etag": Said("If-Match 不是案件的标签", "请使用查询案件时返回的 ETag"),
    "changed": Said("您查看之后内容已被他人修改", "请重新查看后再决定"),
    "conflict": Said("该编号已存在，但内容不同", "请使用新的编号提交变更"),
    "too_long": Said("内容过长，最多 {limit}", "请缩短，其余可作为材料上传"),
    "too_large": Said("数值 {field} 超出范围", "请更正后再提交"),
    "incomplete": Said("请求未发送完整", "请重新发送"),
    "overload": Said("请求过于频繁", "请稍后再试；遇险请拨打紧急电话"),
    "busy": Said("系统繁忙", "请稍后再试"),
    "bug": Said("系统故障", "请查看系统日志"),
    "store_failed": Said("系统存储故障", "请查看系统日志"),
    "unknown_command": Said("没有这个命令", "命令列表见 GET /api/v1/commands"),
    "unknown_area": Said("本市没有该区域", "请使用 /api/v1/areas 中的代码"),
    "unknown_unit": Said("本市没有该单位", "请使用 /api/v1/units 中的代码"),
    "unknown_type": Said("本市没有该案件类型", "请使用 /api/v1/types 中的代码"),
    "unknown_feed": Said("本市没有该数据源", "请在城市包中声明，或不填写"),
    "no_such_field": Said("没有可查看的字段", "请查看已脱敏显示的字段"),
    "erased": Said("该当事人的数据已清除，无法恢复", ""),
    "no_such_period": Said("该时段没有已公布的数据", "请选择其他时段"),
    # reports and their receipts
    "says_nothing": Said("诉求没有内容", "请简要说明情况，或附上照片"),
    "missing": Said("缺少 {field}", "请补充后再提交"),
    "number_of_desk": Said("编号由受理台给出", "请不要填写编号，或注明来源系统"),
    "impossible_time": Said("时间不可能", "请更正时间"),
    "not_waiting": Said("该诉求不在等待复核", "可能已有人处理，请刷新受理台"),
    "bad_receipt": Said("回执有误", "请不要填写此项"),
    "unknown_receipt": Said("没有与此查询码对应的诉求", "请核对 16 位查询码"),
    "unknown_report": Said("没有该诉求，或尚未立案", "请核对编号"),
    "unprintable": Said("{field} 含有控制字符", "请删除后再提交"),
    # files
    "bad_upload": Said("文件长度有误", "请填写字节数"),
    "not_offset": Said("内容不是文件分片", "请使用 application/offset+octet-stream"),
    "other_offset": Said("分片位置不符，已收到 {offset} 字节", "请用 HEAD 查询后续传"),
    "unknown_upload": Said("没有该上传任务", "请重新开始上传"),
    "too_many_uploads": Said("您有 {waiting} 个文件尚未使用", "请先使用或删除，再上传"),
    "empty_file": Said("文件是空的", "请重新选择文件"),
    "not_whole": Said("文件尚未传完", "请先续传"),
    "no_picture": Said("不是图片，也不是 PDF", "请上传 JPEG、PNG、WebP、AVIF 图片或 PDF"),
    "broken_picture": Said("图片无法解码", "文件可能不完整，请重新上传"),
    "picture_too_large": Said("图片像素过大", "请上传常规尺寸的图片"),
    "two_files_in_one": Said("图片中夹带其他文件", "请只上传图片"),
    "heic_not_taken": Said("暂不支持 HEIC 图片", "请在手机相机设置中选择兼容性最佳（JPEG）"),
    "broken_document": Said("PDF 不完整", "请重新上传"),
    "active_document": Said("PDF 中含有程序或附件", "请打印为新的 PDF 后上传"),
    "no_evidence": Said("没有材料内容", "请上传文件，或填写文字"),
    "too_much_evidence": Said("材料已达上限 {limit} 份", "请合并为一份文件"),
    # moves of a case
    "unknown_case": Said("没有该案件", "请重新查询"),
    "unknown_move": Said("没有这个操作", "可用操作见 GET moves"),
    "which_report": Said("该案件有 {open} 件未办结诉求", "请指明是哪一件"),
    "move_not_allowed": Said("当前环节不允许此操作", "请刷新案件，查看可用操作"),
    "not_yours": Said("案件不在该单位", "只有承办单位可以办理或退回"),
    "own_request": Said("不能审批自己的申请", "请由其他人员审批"),
    "reason_missing": Said("请说明理由", "请填写理由"),
    "asked_already": Said("已有同类申请等待审批", "请等待审批结果"),
    "nothing_asked": Said("没有等待审批的申请", "请刷新案件"),
    "too_much_rework": Said("返工次数已达上限", "请领导决定如何处理"),
    "too_often_reopened": Said("重开次数已达上限", "请领导决定如何处理"),
    "too_many_extensions": Said("延期次数已达上限", "请按期办理，或申请缓办"),
    "too_long_a_time": Said("申请的时限过长", "请在规定时限内申请"),
    "asked_too_late": Said("期限已过，不能申请延期", "请尽快办理"),
    "not_ahead": Said("日期不在允许范围内", "请选择将来且不过远的日期"),
    "parts_open": Said("联合处置尚有未完成的部分", "请待各单位完成"),
    "no_such_part": Said("该单位没有这一部分任务", "请刷新案件"),
    "part_not_free": Said("该部分没有被退回", "请刷新案件"),
    "too_many_parts": Said("联合处置的部分过多或过少", "请重新划分"),
    "no_appeal": Said("没有可申诉的事项，或申诉次数已用完", "请查看案件"),
    "form_incomplete": Said("表单 {field} 未填写或不符合要求", "请填写完整"),
    "evidence_missing": Said("缺少本环节要求的材料：{kind}", "请先上传材料"),
    "other_process": Said("该类型属于其他流程", "请选择同一流程的类型"),
    "no_task": Said("案件有诉求人，不能按任务办结", "请对每件诉求报结"),
    "no_terms": Said("该流程没有此项规定", "请查看可用操作"),
    "closed_before_opened": Said("办结时间早于受理时间", "请更正时间"),
    "not_handled_yet": Said("该诉求尚未办结", "办结后再评价"),
    "called_back_already": Said("该诉求人已回访", "再次办理后才可回访"),
    "not_reached": Said("未接通时没有评价", "请在接通后填写"),
    "nothing_to_decide": Said("没有等待决定的事项", "请刷新"),
    "too_many_waiting": Said("您已有 {limit} 项操作等待第二人审批", "请先处理"),
    "own_approval": Said("不能审批自己的操作", "请由其他人员审批"),
    "too_many_returns": Said("退回次数过多", "请由人员指定承办单位"),
    "no_policy": Said("尚无生效的城市政策", "请先启用城市包"),
}  # fmt: skip


def in_chinese(code: str, status: int, params: Mapping[str, str]) -> Said:
    """Return a refusal in Chinese; one that has no words says its status and its code.

    >>> in_chinese("too_long", 413, {"limit": "7"}).detail
    '内容过长，最多 7'
    """
    said = SAID.get(code)
    if said is None:
        return Said(f"{TITLES.get(status, '无法受理')}（{code}）")
    return Said(*(_filled(text, params) for text in said))


def _filled(text: str, params: Mapping[str, str]) -> str:
    for name in ("reason", "field", "name", "needs", "limit", "offset", "waiting", "open", "kind"):
        text = text.replace(f"{{{name}}}", params.get(name, ""))
    return text
