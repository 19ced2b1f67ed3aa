"""Make the bundled Chinese font anew: ``python tools/font.py`` (needs Debian's package fonts-noto-cjk).

A subset of Noto Sans CJK SC Regular: the 3755 everyday characters of GB 2312 (level 1), its punctuation and full-width
forms, rarer ones that many people are called by (a class pack prints names), and whatever else the course's own Chinese
uses, role plays among it. OFL 1.1; renamed, as a changed font should be.
"""

from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection

ROOT = Path(__file__).parent.parent
SOURCE = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
TARGET = ROOT / "crmlab/language/fonts/crmlab-sans-sc.otf"
NAME = "crmlab Sans SC"
PEOPLE = (
    "亓仉佟侃俪俣倩倬偲傅兖冼冉刘剡劼匡卞卻厍叱吖咏咘哿喆喻嘏囡圳圻垚垣埭堃堉夔妍妘妗妤妮姗姚姝姣姮娅娉娓娜娴婉婕婧婵媛媞嫒嫣嬅嬿孜孙孟宓宸寰尕"
    "岍岑岚岱岷峤峥峰嵇嵘嵩巍巩巽帏庾廖弋弘彀彤彧徕忻怡怿恂恺悒悦惇惺慜慧懋懿戎戚扆扈拓挚揆揭搴撖擎攸斐斓於旎旖旸旻昀昇昉昊昕昙昝昱昶晁晏晔晖晗晞晟晢晴"
    "晶晸晹暄暐暕暘暨曌曦曩朱杞杳杼柘柠栎栩桁桓桢桷梓梵梣棋棣棪楒楗楚楠楣楹榆榕榛槿樊樾橦檀檬欣歆殳毓毕沁沅沐沛沣泂泓泠泫泽洄洛洮洵洹浛浠浩浚涂涓涞涟涵淇淏淑"
    "淞淦淳淼清渊渌渝渟渥湉湘湛湜滢溆溦溥滕滟漪漭潇潞潼澄澍澔澜澧澹濂濛濮瀚瀛灏炅炆炘炜炫炯烔烜烨焓焕焘焯焱焜煊煜煦熙熠熹燊燚燠爻牧犇犟犨狄猗玎玏玑玓玕玖玘玙玚玟"
    "玢玥玦玫玮玲玳玶玷珀珂珈珉珊珏珑珙珞珣珥珧珩珮珺珽琀琅琇琊琎琏琚琛琢琤琦琨琪琬琭琮琯琰琳琴琵琼瑀瑁瑄瑅瑆瑗瑙瑛瑜瑞瑟瑢瑧瑨瑭瑰瑶瑷瑾璀璁璃璆璇璈璋璎璐璘璜璞璟璠璧"
    "璨璩璿瓒瓛甄甯畅畹畿疌皎皓皛皞皦盱盼眭睎睿瞿矍矞矫砚砺硕碧磊磬礴祁祎祚祜祯祺禄禔禕禛禤禧禹禾秦稔稷穆穰窈窦竑竣竺笙笛笪筠筱筹箐箫篁篪簌簪籁綦綮纨纭纾绂绍"
    "绮绯绱绻缈缌缎缜缤缨缪翀翁翃翊翎翕翙翚翟翥翦翮翯耘耿聂聆聪肖胤脩舁舒芃芊芋芍芎芗芙芝芩芪芫芮芷芸芾苏苒苓苕苗苜苡苣苧苪苫苹茁茆茗茜茵茹荀荃荇荆荔荟荠荣荥荦荧荨荪"
    "荷莀莅莉莎莓莘莛莞莠莨莹莺莼菀菁菂菅菏菡菲菶萁萃萌萍萏萦萱萸葆葑葛葳葶葸蒋蒙蒯蒲蒴蓁蓉蓓蓝蓼蔓蔚蔺蔻蔼蕊蕖蕙蕤蕴蕾薇薛薏薜薪薰藁藜藻蘅蘩虔虞蚩蝉螭袁裒裘裴褚覃訾詹誉"
    "誾諴謇譞议访诃诏诗诘诚诣诩询诤诺谆谌谕谙谚谧谭豫豪贇贠贲贺贽赉赟赵赵跞踔踽轩轲轶辂辇辉辛辰辽迦迪逄逍逯逵遐遒遥邈邓邢邬邰邱邳邴邵邸邹郁郅郇郎郗郜郝郡郢郦郭郯郸鄂鄄鄢"
    "鄯鄱酆酬酲醇釜鉴鋆鋐鍀鎏鑫钊钎钏钐钟钤钧钫钰钲钺铃铄铉铎铕铖铧铨铭铮铯铱铿锂锃锆锋锐锖锘锜锟锦锴锶锽镁镕镛镜镝镡镧镭镱长闫闯闳闵闻闽阎阗阙阚阮阳陆隋隗隽雍雎雒雯霁霄霆霈"
    "霏霓霖霜霞霭靓靖靳鞠韦韪韫韬韵頔顗顺顼颀颂颉颍颐颖颙颢颜飏飒飖飙馥馨骁骅骆骊骏骐骥骧高鬯魁魏鲍鲲鸢鸣鸾鸿鹂鹃鹄鹍鹏鹜鹤鹭麒麓麟麴黎黛黟黻鼎鼐齐龚龢"
)
"""Characters beyond the everyday ones that are often met in surnames and given names (and some that are everyday)."""


def characters() -> set[int]:
    """The code points that the font has to hold."""
    rows = [*range(0xA1, 0xA4), *range(0xB0, 0xD8)]
    everyday = b"".join(bytes([row, cell]) for row in rows for cell in range(0xA1, 0xFF)).decode("gb2312", "ignore")
    course = [*ROOT.glob("notebooks/*.*"), *ROOT.glob("crmlab/language/locale/*/*/*.po"), *ROOT.glob("*.md")]
    course += [*ROOT.glob("exercises/**/*.*"), *ROOT.glob("crmlab/roleplay/*.yml")]
    text = (
        everyday
        + PEOPLE
        + "".join(path.read_text(encoding="utf-8") for path in course if path.is_file() and path.suffix != ".xlsx")
    )
    return {ord(character) for character in text if ord(character) > 31} | set(range(32, 127))


def main() -> None:
    """Cut the subset and write it."""
    faces = TTCollection(SOURCE).fonts
    font = next(face for face in faces if face["name"].getDebugName(1) == "Noto Sans CJK SC")
    options = subset.Options(layout_features=[], hinting=False, desubroutinize=True, name_IDs=[0, 1, 2, 4, 6, 13, 14])
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters())
    cutter.subset(font)
    for record in font["name"].names:
        if record.nameID in (1, 4):
            record.string = NAME
        if record.nameID == 6:
            record.string = NAME.replace(" ", "")
    font["CFF "].cff.fontNames = [NAME.replace(" ", "")]
    font["head"].modified = font["head"].created
    font.recalcTimestamp = False
    TARGET.parent.mkdir(exist_ok=True)
    font.save(TARGET)
    print(f"{TARGET.relative_to(ROOT)}: {len(font.getBestCmap())} characters, {TARGET.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
