"""The events (事件) of Linjiang's catalogue: six categories, 83 subcategories.

Categories and their number are those of GB/T 30428.2 as the project's facts give them (?); that
street order is 04 and emergencies 05 follows public code lists (?). Numbers without a mark are seen
in public code lists that follow the standard; with ``?`` the number, and sometimes the wording, is
from memory. A line: class, mark, code, Chinese, English, the standard of ``catalogue_standards``,
the crew of ``units.CREWS``.
"""

from __future__ import annotations

from typing import Final

CATEGORIES: Final = {
    "01": ("Appearance and environment", "市容环境"),
    "02": ("Publicity and advertising", "宣传广告"),
    "03": ("Construction", "施工管理"),
    "04": ("Street order", "街面秩序"),
    "05": ("Emergencies", "突发事件"),
    "06": ("Other events", "其他事件"),
}
"""Of events, by the first two digits of the class."""

EVENTS: Final = """
0101||illegal_building|私搭乱建|Illegal building|illegal_building|urban
0102|?|dirty_facade|建筑物外立面不洁|Dirty facade|facade|urban
0103|?|inflatable_arch|擅自搭建气模拱门|Inflatable arch without permission|order|urban
0104|?|loose_lines|擅自架设管线、杆线设施|Lines or poles without permission|lines|urban
0105|?|street_umbrella|占道撑伞|Umbrellas over the street|order|urban
0106|?|low_air_conditioner|空调室外机低挂|Air conditioner hung too low|facade|urban
0107||street_laundry|沿街晾挂|Laundry along the street|order|urban
0108|?|tree_hangings|非装饰性树挂|Things hung in trees|litter|greening
0109|?|bagged_rubbish|打包垃圾|Bagged rubbish|rubbish|sanitation
0110||exposed_rubbish|暴露垃圾|Exposed rubbish|rubbish|sanitation
0111||piled_rubbish|积存垃圾渣土|Piled rubbish or spoil|spoil|sanitation
0112||dirty_road|道路不洁|Dirty road|dirty_road|sanitation
0113|?|road_damage|道路破损|Road damage|road_damage|road
0114|?|road_spill|道路遗撒|Spill on the road|spill|sanitation
0115|?|burning_waste|焚烧垃圾、树叶|Burning of rubbish or leaves|at_once|urban
0116|?|dirty_water|水域不洁|Dirty water|water_area|drainage
0117||dirty_lawn|绿地脏乱|Dirty green space|dirty_lawn|greening
0118|?|derelict_vehicle|废弃车辆|Derelict vehicle|derelict|urban
0119|?|dumped_furniture|废弃家具设备|Dumped furniture|litter|sanitation
0120|?|dead_animal|动物尸体|Dead animal|litter|sanitation
0121|?|food_waste_spill|餐厨垃圾遗撒和污染|Food waste spill|spill|sanitation
0122|?|illegal_dump|非正规垃圾填埋场|Irregular dump|dump|sanitation
0123|?|waste_water|乱倒乱排污水、废水|Waste water poured out|at_once|urban
0124|?|river_pollution|河道污染|River pollution|water_area|drainage
0125|?|bank_damage|河堤破损|Damaged river bank|bank|flood_defence
0126|?|water_order|水域秩序问题|Disorder on the water|order|flood_defence
0127|?|kitchen_fumes|油烟污染|Kitchen fumes|facade|urban
0128|?|poultry|擅自饲养家禽家畜|Poultry kept without permission|livestock|urban
0129|?|medical_waste|乱丢弃医疗废物|Discarded medical waste|at_once|sanitation
0130|?|car_wash|洗车行污染路面|Car wash soiling the road|spill|urban
0131|?|illegal_ramp|违章接坡|Ramp without permission|ramp|road
0132|?|garden_waste|绿化弃料|Garden waste|litter|greening
0133|?|dirty_front|门前不洁|Dirty shop front|dirty_road|urban
0134|?|messy_balcony|临街阳台脏乱|Messy street-side balcony|facade|urban
0135|?|manhole_overflow|检查井溢水|Overflowing manhole|overflow|drainage
0136||piled_goods|乱堆物堆料|Goods piled in the street|order|urban
0137|?|full_bin|垃圾箱满溢|Overflowing bin|rubbish|sanitation
0138|?|green_damage|非法占绿毁绿|Damage to green space|lawn_damage|greening
0201||flyposting|非法小广告|Flyposting|flyposting|urban
0202|?|leaflets|街头散发广告|Leaflets in the street|at_once|urban
0203||illegal_advert|违规户外广告|Advertisement without permission|advert|urban
0204|?|illegal_sign|违规牌匾标识|Shop sign against the rules|advert|urban
0205|?|illegal_banner|违规标语宣传品|Banner without permission|banner|urban
0206|?|broken_advert|广告招牌破损|Damaged advertisement|broken_advert|urban
0207|?|street_board|占道广告牌|Board standing in the way|order|urban
0301|?|site_nuisance|施工扰民|Nuisance from a building site|site_noise|urban
0302|?|site_dust|工地扬尘|Dust from a building site|site|urban
0303|?|site_blocks_road|施工占道|Building site blocking the way|site|urban
0304|?|site_waste|施工废弃料|Building waste|spoil|urban
0305|?|unpermitted_digging|无证掘路|Road dug without permission|at_once|road
0306|?|site_fence|工地围挡不规范|Site fence against the rules|site|urban
0307|?|site_piles|工地物料乱堆放|Building materials piled|site|urban
0308|?|unpaved_site|施工工地道路未硬化|Unpaved site road|site_works|urban
0309|?|muddy_wheels|施工工地车轮带泥|Mud carried from a site|spill|urban
0310|?|site_water|工地污水外溢|Waste water from a site|overflow|urban
0311||open_spoil_truck|渣土车未密闭运输|Uncovered spoil truck|at_once|traffic_police
0312|?|site_not_cleared|施工完成后未场光地净|Site not cleared after works|site_works|urban
0313|?|unpermitted_spoil|无证消纳渣土|Spoil disposed of without permission|dump|urban
0401||street_hawker|无照经营游商|Hawker without licence|order|urban
0402|?|begging|流浪乞讨|Homeless person or beggar|relief|civil
0403|?|street_recycling|占道废品收购|Scrap bought in the street|order|urban
0404|?|street_barbecue|露天烧烤|Open-air barbecue|order|urban
0405||shop_outside|店外经营|Trading outside the shop|order|urban
0406||street_trading|占道经营|Trading in the way|order|urban
0407|?|noise|商业噪音|Commercial noise|noise|urban
0408|?|illegal_taxi|黑车拉客|Illegal taxi|order|traffic_police
0409||illegal_parking|机动车乱停放|Motor vehicle parked illegally|parking_order|urban
0410||bicycles|非机动车乱停放|Bicycles parked in disorder|parking_order|urban
0411|?|illegal_publications|非法出版物销售|Illegal publications sold|order|urban
0412|?|fireworks|违法燃放烟花爆竹|Fireworks against the rules|at_once|public_security
0413|?|fire_lane|占用消防通道|Fire lane blocked|fire_lane|urban
0501|?|road_collapse|路面塌陷|Road collapse|collapse|road
0502|?|burst_main|供水管道破裂|Burst water main|burst|water
0503|?|gas_smell|燃气管道破裂|Broken gas pipe|gas_leak|gas
0504|?|blocked_sewer|排水管道堵塞|Blocked sewer|overflow|drainage
0505|?|heating_burst|热力管道破裂|Burst heating pipe|burst|power
0506|?|street_flooding|道路积水|Flooded street|flooding|drainage
0507|?|ice|道路积雪结冰|Snow or ice on the road|ice|sanitation
0508|?|fallen_lines|架空线缆损坏|Overhead line down|fallen_lines|power
0509|?|crowd_control|群发性事件|Crowd or gathering|crowd|public_security
0601|?|street_offerings|不文明祭祀|Offerings burnt in the street|at_once|urban
0602|?|street_slaughter|临街屠宰|Slaughter in the street|at_once|urban
0606||public_damage|公共设施损坏|Damaged public facility|cabinet|maintenance
"""
