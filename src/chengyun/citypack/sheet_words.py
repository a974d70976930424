"""What sheets and columns of a pack are called in Excel, and what is wrong with them, in Chinese.

The English words are the names in the code, and what the checker says; here stands the other half.
"""

from __future__ import annotations

from typing import Final

TITLES: Final = {
    "areas": "区域",
    "unit_grids": "单元网格",
    "units": "责任单位",
    "case_types": "案件目录",
    "assets": "部件台账",
    "duty_list": "权责清单",
    "landmarks": "地标",
    "roster": "值班表",
    "stand_ins": "替班",
    "persons": "值班人员",
}
"""Sheets by the name of their section."""

COLUMNS: Final = {
    "aliases": "别名",
    "area": "区域",
    "area_m2": "面积（平方米）",
    "category": "大类",
    "category_zh": "大类（中文）",
    "classes": "国标小类代码",
    "closing_condition": "结案条件",
    "closing_condition_zh": "结案条件（中文）",
    "code": "编码",
    "evidence": "所需证据",
    "fallback": "兜底单位",
    "filing_condition": "立案条件",
    "filing_condition_zh": "立案条件（中文）",
    "graded_limits": "分级时限",
    "kind": "类别",
    "lat": "纬度",
    "level": "层级",
    "lon": "经度",
    "maintainer": "养护单位",
    "name": "名称",
    "name_zh": "名称（中文）",
    "owner": "责任单位",
    "parent": "上级",
    "polygon": "边界",
    "process": "流程",
    "residents": "常住人口",
    "source": "来源",
    "state": "状态",
    "time_limit": "处置时限",
    "type": "案件类型",
    "unit": "单位",
    # rosters
    "account": "登录名",
    "days": "哪些日子",
    "from": "开始时间",
    "from_date": "开始日期",
    "person": "人员",
    "phone": "电话",
    "post": "岗位",
    "skills": "技能",
    "stand_in": "替班人员",
    "until": "结束时间",
    "until_date": "结束日期",
}
"""Columns by their name in the code."""

REASONS: Final = {
    # of the sheet
    "unknown_sheet": "没有这张表：请改名或删除",
    "duplicate_sheet": "同一张表出现两次：请只保留一张",
    "no_header": "找不到表头：第一行应有“编码”等列名",
    "unknown_column": "没有这个列：请更正列名或删除该列",
    "duplicate_column": "同一列出现两次：请只保留一列",
    "value_without_header": "该列没有列名却有内容：请补列名或清空",
    "merged_cells": "合并单元格：请取消合并并逐格填写",
    "formula_without_value": "公式没有计算结果：请在Excel中打开并保存，或粘贴为数值",
    "error_value": "公式错误值：请更正",
    "digits_lost": "数字超过15位，Excel已丢失末位：请将该列设为文本后重新填写",
    "not_a_code": "编码含有不可见字符：请重新填写",
    "empty_sheet": "表中没有内容",
    # of the pack
    "missing": "必填项为空：请补充",
    "missing_key": "必填项为空：请补充",
    "missing_code": "该行没有编码：请补充，或删除整行",
    "duplicate_code": "编码重复：请只保留一行",
    "duplicate_key": "列重复：请只保留一列",
    "unknown_key": "没有这个列：请更正列名",
    "unknown_reference": "所引用的编码不存在：请更正，或先登记",
    "not_allowed": "不是允许的取值：请从下拉列表中选择",
    "pattern": "格式不正确：请按要求的格式填写（编码请设为文本，保留前导零）",
    "wrong_type": "类型不正确：请填写要求的类型",
    "wrong_value": "取值不正确：请更正",
    "out_of_range": "超出允许范围：请更正",
    "key": "键名不允许：请更正",
    "too_many": "内容过多：请缩短",
    "duplicate_grade": "同一等级有两个时限：请只保留一个",
    "duplicate_class": "小类代码重复：一个小类只属于一个类型",
    "unknown_category": "大类代码不存在：部件01—05，事件01—06，自定义21起",
    "unknown_class": "这是大类而不是小类：小类从01开始编号",
    "no_class": "只有部件和事件才有国标代码：请更正类别",
    "bad_component_code": "部件编码应为16位：区6位、大类2位、小类2位、顺序号6位",
    "other_class": "编码中的小类与案件类型不符：请更正",
    "other_district": "编码前6位不是本市的区：请更正",
    "outside_city": "坐标在城市范围之外：请核对坐标系与经纬度",
    "duplicate_duty": "同一类型同一区域有两个责任单位：请只保留一个",
    "unit_cycle": "上级单位成环：请更正上级",
    "unknown_parent": "上级区域不存在：请更正",
    "parent_not_above": "上级区域的层级不高于本级：请更正",
    "no_root": "没有城市一级的区域：请补充",
    "two_roots": "有两个最上级区域：请只保留一个",
    "bad_polygon": "边界格式不正确：应为“经度 纬度, 经度 纬度, …”",
    "bad_grid_code": "单元网格编码应为15位数字",
    # of rosters
    "not_a_day": "不是日期：请写作 2026-10-01",
    "not_a_time": "不是时间：请写作 08:30",
    "unknown_unit": "没有这个单位：请更正",
    "unknown_days": "无法识别：可写 all、working_days、days_off 或 mon、tue…",
    "unknown_person": "人员表中没有此人：请先登记",
    "unknown_login": "没有这个登录名：请先开通账号，或留空",
    "bad_span": "结束早于开始，或时间过长：请更正",
    "too_long_a_shift": "一个班次过长：请拆分",
    "duplicate_row": "与另一行完全相同：请只保留一行",
    "own_stand_in": "不能替自己的班：请更正",
    "no_shift_day": "所选日期内没有符合的日子：请更正",
    "too_long": "文字过长：请缩短",
    "too_many_shifts": "班次过多：请拆分",
}
"""What is wrong, with what to do, by the code of a mistake."""

OTHER_REASON: Final = "不符合要求：请按英文说明更正"


def title_of(section: str) -> str:
    """Return how the sheet of a section is called, in both languages.

    >>> title_of("case_types")
    'case_types 案件目录'
    """
    return f"{section} {TITLES[section]}" if section in TITLES else section


def header_of(column: str) -> str:
    """Return the header of a column, in both languages.

    >>> header_of("time_limit")
    '处置时限\\nTime limit'
    """
    english = column.removesuffix("_zh").replace("_", " ").capitalize()
    english += " (Chinese)" if column.endswith("_zh") else ""
    return f"{COLUMNS[column]}\n{english}" if column in COLUMNS else english


def reason_of(code: str) -> str:
    """Return in Chinese what a mistake is and what to do."""
    return REASONS.get(code, OTHER_REASON)
