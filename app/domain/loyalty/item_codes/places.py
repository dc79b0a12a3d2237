"""Places: how far apart two of them are, and near which city one is."""

import math
from dataclasses import dataclass

EARTH_KM = 6371.0088  # the mean radius of the IUGG
NEAR_KM = 120
_PER_DEGREE = 100


@dataclass(frozen=True, slots=True)
class Place:
    """In hundredths of a degree, about a kilometre: enough to tell cities apart, and no address."""

    lat_e2: int
    lon_e2: int


# Latitude and longitude of the middle of each city, in degrees.
CITIES = {
    "北京": (39.90, 116.41),
    "上海": (31.23, 121.47),
    "天津": (39.13, 117.20),
    "重庆": (29.56, 106.55),
    "广州": (23.13, 113.26),
    "深圳": (22.54, 114.06),
    "香港": (22.32, 114.17),
    "澳门": (22.20, 113.54),
    "台北": (25.03, 121.57),
    "高雄": (22.63, 120.30),
    "杭州": (30.27, 120.16),
    "宁波": (29.87, 121.54),
    "温州": (28.00, 120.67),
    "金华": (29.08, 119.65),
    "南京": (32.06, 118.80),
    "苏州": (31.30, 120.58),
    "徐州": (34.26, 117.19),
    "连云港": (34.60, 119.22),
    "合肥": (31.82, 117.23),
    "芜湖": (31.35, 118.43),
    "阜阳": (32.89, 115.81),
    "福州": (26.07, 119.30),
    "厦门": (24.48, 118.09),
    "泉州": (24.87, 118.68),
    "南昌": (28.68, 115.86),
    "赣州": (25.83, 114.93),
    "九江": (29.71, 116.00),
    "济南": (36.65, 117.12),
    "青岛": (36.07, 120.38),
    "烟台": (37.46, 121.45),
    "临沂": (35.10, 118.36),
    "郑州": (34.75, 113.63),
    "洛阳": (34.62, 112.45),
    "南阳": (32.99, 112.53),
    "武汉": (30.59, 114.31),
    "宜昌": (30.69, 111.29),
    "襄阳": (32.01, 112.12),
    "长沙": (28.23, 112.94),
    "衡阳": (26.89, 112.57),
    "常德": (29.03, 111.70),
    "怀化": (27.55, 110.00),
    "湛江": (21.27, 110.36),
    "汕头": (23.35, 116.68),
    "韶关": (24.81, 113.60),
    "南宁": (22.82, 108.37),
    "桂林": (25.27, 110.29),
    "柳州": (24.33, 109.42),
    "海口": (20.04, 110.34),
    "三亚": (18.25, 109.51),
    "成都": (30.57, 104.07),
    "绵阳": (31.47, 104.68),
    "宜宾": (28.75, 104.64),
    "西昌": (27.89, 102.26),
    "贵阳": (26.65, 106.63),
    "遵义": (27.73, 106.93),
    "昆明": (25.04, 102.71),
    "大理": (25.61, 100.27),
    "西双版纳": (22.01, 100.80),
    "拉萨": (29.65, 91.14),
    "日喀则": (29.27, 88.88),
    "西安": (34.34, 108.94),
    "榆林": (38.29, 109.73),
    "汉中": (33.07, 107.02),
    "兰州": (36.06, 103.83),
    "天水": (34.58, 105.72),
    "酒泉": (39.73, 98.49),
    "西宁": (36.62, 101.78),
    "格尔木": (36.40, 94.90),
    "银川": (38.49, 106.23),
    "乌鲁木齐": (43.83, 87.62),
    "喀什": (39.47, 75.99),
    "库尔勒": (41.73, 86.17),
    "伊宁": (43.91, 81.32),
    "哈密": (42.82, 93.51),
    "呼和浩特": (40.84, 111.75),
    "包头": (40.66, 109.84),
    "赤峰": (42.26, 118.89),
    "呼伦贝尔": (49.21, 119.77),
    "石家庄": (38.04, 114.51),
    "唐山": (39.63, 118.18),
    "邯郸": (36.63, 114.54),
    "太原": (37.87, 112.55),
    "大同": (40.08, 113.30),
    "运城": (35.03, 111.00),
    "沈阳": (41.80, 123.43),
    "大连": (38.91, 121.61),
    "丹东": (40.00, 124.35),
    "长春": (43.82, 125.32),
    "吉林": (43.84, 126.55),
    "延吉": (42.91, 129.51),
    "哈尔滨": (45.80, 126.53),
    "齐齐哈尔": (47.35, 123.92),
    "佳木斯": (46.80, 130.32),
    "黑河": (50.25, 127.53),
}


def place(latitude: float, longitude: float) -> Place | None:
    """Raises nothing: what is no place on earth is None."""
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):  # also of what is no number
        return None
    return Place(round(latitude * _PER_DEGREE), round(longitude * _PER_DEGREE))


def apart_km(one: Place, other: Place) -> float:
    """Along the great circle, by the haversine formula."""
    lat1, lon1, lat2, lon2 = (
        math.radians(hundredths / _PER_DEGREE)
        for hundredths in (one.lat_e2, one.lon_e2, other.lat_e2, other.lon_e2)
    )
    half = math.sin((lat2 - lat1) / 2) ** 2
    half += math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, half)))


def near(where: Place) -> str:
    """The nearest of the larger cities, or the degrees where none is near."""
    far = {name: apart_km(where, _middle(name)) for name in CITIES}
    city = min(far, key=far.__getitem__)
    if far[city] <= NEAR_KM:
        return city
    lat, lon = where.lat_e2 / _PER_DEGREE, where.lon_e2 / _PER_DEGREE
    return f"{abs(lat):.2f}°{'N' if lat >= 0 else 'S'} {abs(lon):.2f}°{'E' if lon >= 0 else 'W'}"


def _middle(city: str) -> Place:
    latitude, longitude = CITIES[city]
    return Place(round(latitude * _PER_DEGREE), round(longitude * _PER_DEGREE))
