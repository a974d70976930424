"""The components (部件) of Linjiang's catalogue: five categories, 121 subcategories.

Categories and their number are those of GB/T 30428.2 as the project's facts give them (?). Numbers
without a mark are those of public code lists that follow CJ/T 214 and GB/T 30428.2; with ``?`` the
number, and sometimes the wording, is from memory. A line: class, mark, code, Chinese, English, the
standard of ``catalogue_standards``, the crew of ``units.CREWS``.
"""

from __future__ import annotations

from typing import Final

CATEGORIES: Final = {
    "01": ("Public utilities", "公用设施"),
    "02": ("Roads and traffic", "道路交通"),
    "03": ("Appearance and environment", "市容环境"),
    "04": ("Greening", "园林绿化"),
    "05": ("Other components", "其他部件"),
}
"""Of components, by the first two digits of the class."""

COMPONENTS: Final = """
0101||water_cover|上水井盖|Water supply cover|cover|water
0102||sewage_cover|污水井盖|Sewage cover|cover|drainage
0103||storm_cover|雨水井盖|Storm water cover|cover|drainage
0104||storm_grate|雨水箅子|Storm water grate|grate|drainage
0105||power_cover|电力井盖|Power cover|cover|power
0106||lighting_cover|路灯井盖|Street lighting cover|cover|lighting
0107||telecom_cover|通讯井盖|Telecommunications cover|cover|maintenance
0108||cable_tv_cover|电视井盖|Cable television cover|cover|maintenance
0109||network_cover|网络井盖|Network cover|cover|maintenance
0110||heating_cover|热力井盖|District heating cover|cover|power
0111||gas_cover|燃气井盖|Gas cover|cover|gas
0112||police_cover|公安井盖|Police cable cover|cover|traffic_police
0113||fire_equipment|消防设施|Fire hydrant and equipment|safety|water
0114||unclaimed_cover|无主井盖|Cover without an owner|cover|road
0115||telecom_cabinet|通讯交接箱|Telecommunications cabinet|cabinet|maintenance
0116||power_equipment|电力设施|Power equipment|power_line|power
0117||pole|立杆|Pole|pole|lighting
0118||street_light|路灯|Street light|lamp|lighting
0119||ground_light|地灯|Ground light|lamp|lighting
0120||landscape_light|景观灯|Landscape light|lamp|lighting
0121||newsstand|报刊亭|Newsstand|kiosk|urban
0122||telephone_booth|电话亭|Telephone booth|kiosk|maintenance
0123||postbox|邮筒|Postbox|kiosk|maintenance
0124||information_kiosk|信息亭|Information kiosk|kiosk|maintenance
0125||vending_machine|自动售货机|Vending machine|kiosk|urban
0126||fitness_equipment|健身设施|Outdoor fitness equipment|play|civil
0127||reclaimed_water_cover|中水井盖|Reclaimed water cover|cover|water
0128||bus_power_cover|公交井盖|Bus power cover|cover|road
0129||pipeline_cover|输油（气）井盖|Oil and gas pipeline cover|cover|gas
0130||special_cover|特殊井盖|Special cover|cover|road
0131||civil_well|民用水井|Public well|safety|water
0132||water_dispenser|供水器|Public water supply point|kiosk|water
0133||pylon|高压线铁塔|High-voltage pylon|power_line|power
0134||transformer|变压器（箱）|Transformer|power_line|power
0135||gas_regulator|燃气调压站（箱）|Gas pressure regulator|gas_plant|gas
0136||camera|监控电子眼|Surveillance camera|cabinet|maintenance
0137||sales_kiosk|售货亭|Sales kiosk|kiosk|urban
0138||police_post|治安岗亭|Police post|kiosk|public_security
0139|?|greening_cover|园林井盖|Irrigation cover|cover|greening
0140|?|septic_cover|环卫井盖|Septic tank cover|cover|sanitation
0141|?|channel_slab|沟槽盖板|Channel slab|cover|drainage
0142|?|utility_tunnel_cover|综合管廊井盖|Utility tunnel cover|cover|road
0143|?|cable_tv_cabinet|有线电视箱|Cable television cabinet|cabinet|maintenance
0144|?|pipeline_marker|输油（气）标志桩|Oil and gas pipeline marker|sign|gas
0145|?|charging_pile|充电桩|Charging pile|power_line|power
0146|?|air_noise_display|空气质量和噪声显示屏|Air and noise display|cabinet|maintenance
0147|?|pipe_marker|管线标石|Pipe marker stone|sign|road
0201||car_park|停车场|Car park|parking|urban
0202||parking_meter|停车咪表|Parking meter|cabinet|maintenance
0203||bus_stop|公交站亭|Bus stop|shelter|road
0204||taxi_stand|出租车站牌|Taxi stand sign|sign|road
0205||footbridge|过街天桥|Footbridge|bridge|road
0206||underpass_walk|地下通道|Pedestrian underpass|bridge|road
0207||flyover|高架立交桥|Flyover|bridge|road
0208||river_bridge|跨河桥|River bridge|bridge|road
0209||traffic_sign|交通标志牌|Traffic sign|sign|traffic_police
0210||traffic_light|交通信号灯|Traffic light|signal|traffic_police
0211||traffic_barrier|交通护栏|Traffic barrier|barrier|road
0212||bicycle_rack|存车支架|Bicycle rack|kiosk|urban
0213||street_sign|路名牌|Street name sign|sign|road
0214||signal_equipment|交通信号设施|Traffic signal equipment|signal|traffic_police
0215||road_display|道路信息显示屏|Road information display|cabinet|traffic_police
0216||noise_barrier|道路隔音屏|Noise barrier|barrier|road
0217||traffic_post|交通岗亭|Traffic post|kiosk|traffic_police
0218|?|kerbside_parking|路边停车泊位|Kerbside parking bay|parking|urban
0219|?|culvert|交通涵洞|Road culvert|bridge|road
0220|?|refuge_island|安全岛|Refuge island|barrier|road
0221|?|bollard|隔离桩|Bollard|barrier|road
0222|?|soft_barrier|柔性隔离体|Flexible delineator|barrier|road
0223|?|crash_barrel|防撞桶|Crash barrel|barrier|road
0224|?|signal_power_cover|信号灯电源井盖|Signal power cover|cover|traffic_police
0225|?|tactile_paving|盲道|Tactile paving|paving|road
0226|?|pavement|人行道|Footway|paving|road
0227|?|kerb|路缘石|Kerb|paving|road
0228|?|shared_bicycle_stand|公共自行车站点|Public bicycle stand|kiosk|urban
0229|?|metro_entrance|轨道交通出入口|Metro entrance|shelter|metro
0301||public_toilet|公共厕所|Public toilet|toilet|sanitation
0302||septic_tank|化粪池|Septic tank|sewer|sanitation
0303||toilet_sign|公厕指示牌|Toilet sign|sign|sanitation
0304||refuse_house|垃圾间（楼）|Refuse house|bin|sanitation
0305||litter_bin|垃圾箱|Litter bin|bin|sanitation
0306||neon_sign|灯箱霓虹灯|Light box or neon sign|billboard|urban
0307||billboard|广告牌匾|Billboard or shop sign|billboard|urban
0308||air_station|环保监测站|Environmental monitoring station|cabinet|maintenance
0309||weather_station|气象监测站|Weather station|cabinet|maintenance
0310||outfall_station|污水口监测站|Outfall monitoring station|cabinet|maintenance
0311|?|sanitation_lodge|环卫工具房|Sanitation lodge|kiosk|sanitation
0312|?|mobile_toilet|移动厕所|Mobile toilet|toilet|sanitation
0313|?|transfer_station|垃圾转运站|Refuse transfer station|bin|sanitation
0314|?|food_waste_plant|餐厨垃圾处理设施|Food waste plant|bin|sanitation
0315|?|recycling_point|可回收物回收点|Recycling point|bin|sanitation
0316|?|clothes_bank|旧衣回收箱|Clothes bank|bin|sanitation
0317|?|de_icing_tank|融雪剂溶解池|De-icing tank|cabinet|sanitation
0401||heritage_tree|古树名木|Old or famous tree|tree|greening
0402||street_tree|行道树|Street tree|tree|greening
0403||tree_guard|护树设施|Tree guard|garden|greening
0404||planter|花架花钵|Planter|garden|greening
0405||lawn|绿地|Green space|lawn|greening
0406||sculpture|雕塑|Sculpture|garden|greening
0407||bench|街头坐椅|Street bench|garden|greening
0408||lawn_fence|绿地护栏|Green space fence|garden|greening
0409||irrigation|绿地维护设施|Irrigation and upkeep equipment|garden|greening
0410||fountain|喷泉|Fountain|garden|greening
0411|?|tree_grate|树池箅子|Tree pit grate|grate|greening
0412|?|garden_path|园路|Garden path|paving|greening
0413|?|pavilion|园林亭廊|Pavilion|shelter|greening
0501||notice_board|宣传栏|Notice board|sign|civil
0502||air_raid_shelter|人防工事|Civil defence shelter|safety|civil
0503||hazard_source|重大危险源|Major hazard source|safety|duty_office
0504||building_site|工地|Building site|site|urban
0505||waterside_equipment|水域附属设施|Waterside equipment|barrier|flood_defence
0506||water_fence|水域护栏|Waterside fence|safety_fence|flood_defence
0507||flood_wall|防洪墙|Flood wall|dyke|flood_defence
0508||public_basement|公房地下室|Public basement|safety|civil
0509|?|harbour_equipment|港监设施|Harbour equipment|barrier|flood_defence
0510|?|sluice|水闸|Sluice|dyke|flood_defence
0511|?|pumping_station|泵站|Pumping station|dyke|drainage
0512|?|dyke|河湖堤坝|Dyke|dyke|flood_defence
0513|?|relief_sign|救助引导牌|Relief station sign|sign|civil
0514|?|lift|电梯|Lift|lift|lift_rescue
0515|?|sensor_device|感知设备|Sensing device|cabinet|maintenance
"""
