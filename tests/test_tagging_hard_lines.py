"""Keyword rules on hard lines: hits across word boundaries, denials, look-alikes of both."""

from tagging.rules import WordRule
from tagging.words import Tagger

SUBJECTS = {
    "oily": ("油性发质", "油性头发", "油头", "头发油", "出油", "油"),
    "dandruff": ("头屑", "头皮屑"),
    "sensitive": ("敏感肌", "过敏"),
    "dry": ("干皮", "干性"),
    "itchy": ("头皮痒", "头痒", "痒"),
    "hair loss": ("掉发", "脱发", "掉头发"),
    "parcel": ("快递", "物流"),
    "invoice": ("发票",),
    "member": ("会员",),
    "nuts": ("坚果", "核桃", "松子"),
    "price": ("便宜", "优惠", "贵"),
    "gift": ("送礼", "送人"),
    "return": ("退货", "退款"),
    "fake": ("假货",),
    "baby": ("宝宝", "孕妇"),
}


IDS = {subject: number for number, subject in enumerate(SUBJECTS, start=1)}


# A line, and what it is truly about (the subjects above that a person would tag it with).
LINES = """
我哪里是油头啊|
哪有什么头屑，干净得很|
哪里会掉头发|
哪里有核桃卖|nuts
哪有头屑少的洗发水|dandruff
以前头屑多，用了你家的好了|
去年脱发，今年长回来了|
以前头屑多，用了三瓶没见好转|dandruff
没买过这么贵的|price
没有这么贵的|
完全没头皮屑|
饼干皮蛋瘦肉粥都要|
葡萄干皮薄好吃|
我是干皮，推荐哪款|dry
面部偏干性，头皮还好|dry
开发票据系统的公司|
请帮我开发票，抬头个人|invoice
发票能开吗|invoice
首发票房很高|
委员会员工都来了|
会员卡在哪里领|member
我要办会员|member
社会员额满了|
派送人员态度很好|
买来送人的，包装要好|gift
送礼物的活动还有吗|
过年送礼用|gift
配送人快到了|
松子多少钱一斤|nuts
放松子女教育|
坚果礼盒还有吗|nuts
核桃仁有货吗|nuts
青松子弟兵|
贵州发货要几天|
您贵姓|
这个太贵了|price
价格贵了点|price
能便宜点吗|price
加油站旁边有店吗|
精油皂有货吗|
我头发油得很|oily
油性发质用哪款|oily
一天不洗头就出油|oily
两天不洗头发油|oily
每天都出油怎么办|oily
油不油，我头皮比较油|oily
没几天头发又油了|oily
用了没多久又出油了|oily
洗完不油，很清爽|
一点都不油|
头发不怎么出油了|
不太油，正常发质|
不是油性头发|
并不是油性发质|
我不是油头|
不但出油还掉头发|oily hair-loss
不仅头屑多，还脱发|dandruff hair-loss
不过头皮痒|itchy
不错，头屑少了，以前很多|dandruff
没想到还有头屑|dandruff
别人说我头屑多|dandruff
非常痒|itchy
未来不想再掉发|
特别痒，睡不着|itchy
没有头屑|
没有头皮屑了|
我没什么头屑|
从来没有头皮屑|
本来没有头皮屑，洗完反而全是头皮屑|dandruff
头屑没有了|
头屑没了，好开心|
头皮屑不见了|
头屑没有减少，反而更多|dandruff
头屑还是很多|dandruff
洗不掉的头屑|dandruff
去不掉头屑怎么办|dandruff
止不住掉头发|hair-loss
没有恼人的头屑|
再也没有头屑|
不会有头皮屑|
不长头屑|
告别头屑|
远离脱发困扰|
毫无头屑|
无头屑，很干净|
不是没有头屑，是太多了|dandruff
不是敏感肌|
不是敏感肌，是油性头发|oily
我是敏感肌能用吗|sensitive
敏感肌可以用吗|sensitive
不知道是不是敏感肌|sensitive
是不是敏感肌都能用|sensitive
有没有适合敏感肌的|sensitive
我不对花生过敏|
对花生过敏|sensitive
用了会不会过敏|sensitive
不会过敏，放心|
没过敏史|
孕妇能用吗|baby
宝宝可以用吗|baby
不是给宝宝用的|
我不是孕妇|
不痒了|
头皮不痒|
没那么痒了|
洗了反而更痒|itchy
痒不痒啊|itchy
不掉头发了|
不再掉发|
掉发严重|hair-loss
没收到快递|
快递没有到|parcel
快递费谁出|parcel
快递员打我电话|parcel
没有物流信息|
物流太慢了|parcel
为什么还没发快递|
不用开发票|
不需要发票|
不要发票，谢谢|
不想退货|
不退款我就投诉|
退款什么时候到|return
我要退货|return
没有退货的打算|
不是假货吧|
是假货|fake
没有假货，放心买|
不便宜|
没有优惠|
没有头屑可以用吗|
没头屑用哪款|
有没有优惠|price
要不要这么贵|price
可不可以便宜些|price
不算贵|
不能便宜一点吗|price
优惠没有了|
我不吃坚果|
不喜欢核桃|
不爱吃坚果，想要果干|
没买过坚果|
坚果真好吃，下次还买|nuts
你家没有核桃吗|nuts
除了坚果还有什么|nuts
我要ＰＬＵＳ会员|member
非会员能买吗|
不是会员可以买吗|
""".strip().splitlines()


def tagger_of_subjects() -> Tagger:
    return Tagger(WordRule(IDS[subject], 1, words) for subject, words in SUBJECTS.items())


def labelled(line: str) -> tuple[str, set[str]]:
    text, _, subjects = line.partition("|")
    return text, {subject.replace("-", " ") for subject in subjects.split()}


def test_hard_lines_are_tagged_precisely_and_few_are_missed() -> None:
    tagger = tagger_of_subjects()
    names = {number: subject for subject, number in IDS.items()}
    right, wrong, missed = [], [], []
    for text, expected in map(labelled, LINES):
        found = {names[hit.rule_id] for hit in tagger.hits(text)}
        right += [(text, subject) for subject in found & expected]
        wrong += [(text, subject) for subject in found - expected]
        missed += [(text, subject) for subject in expected - found]
    assert len(LINES) >= 80
    assert len(right) / (len(right) + len(wrong)) >= 0.95, wrong
    assert len(right) / (len(right) + len(missed)) >= 0.90, missed


def test_bare_substrings_would_be_wrong_half_of_the_time() -> None:
    guesses = [
        subject in expected
        for text, expected in map(labelled, LINES)
        for subject, words in SUBJECTS.items()
        if any(word in text for word in words)
    ]
    assert sum(guesses) / len(guesses) < 0.6
