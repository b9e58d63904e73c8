"""Pages in the manner of the real systems: what is no article goes by its reason, what is one stays.

Original texts; the markup is that of the list templates and article pages that these sites share.
"""

from time import process_time

import pytest

from crawler.catalogue import ArticleLayout
from crawler.errors import Park
from crawler.extract import extract
from crawler.records import Article, Dropped
from tests.crawler.test_extract import page

LAYOUT = ArticleLayout(bodies=("div.article-content",))
NAV = (
    "<div class='nav'><ul>"
    + "".join(
        f"<li><a href='/s/{n}/list.shtml'>{name}</a></li>"
        for n, name in enumerate(
            ("首页", "政务公开", "政务服务", "互动交流", "通知公告", "政策文件")
        )
    )
    + "</ul><a href='/login'>用户登录</a></div>"
)
FOOT = "<div class='footer'>主办：宿迁市科技局　苏ICP备00000000号　<a href='/map.html'>网站地图</a></div>"
HEADLINES = [f"市科技局召开第{n}次党组会议研究部署重点工作" for n in range(1, 21)]
PROSE = "近日，市科技局组织开展高新技术企业走访活动，详细了解企业研发投入、人才引进等情况，现场解答政策问题。"


def site(main: str, title: str = "", head: str = "") -> str:
    name = f"{title}_宿迁市科学技术局" if title else "宿迁市科学技术局"
    return f"<html><head><meta charset='utf-8'><title>{name}</title>{head}</head><body>{NAV}{main}{FOOT}</body></html>"


def bare(title: str, body: str, head: str = "") -> str:
    return f"<html><head><title>{title}</title>{head}</head><body>{body}</body></html>"


def items(pattern: str, headlines: list[str] = HEADLINES) -> str:
    return "".join(
        pattern.format(n=n, title=title, day=f"2024-07-{n + 1:02}")
        for n, title in enumerate(headlines)
    )


def notice(title: str, body: str, line: str = "发布日期：2024-07-31 09:05　来源：市科技局") -> str:
    return site(
        f"<h1 id='title'>{title}</h1><p class='info'>{line}</p><div class='article-content' id='zoomcon'>{body}</div>",
        title,
    )


def reason(markup: str, url: str = "http://kjj.suqian.gov.cn/skjk/zcfg/202407/a.shtml") -> str:
    """What becomes of a page: its reason, ``parked:…``, or ``article``."""
    try:
        found = extract(page(markup, url=url), LAYOUT)
    except Park as error:
        return f"parked:{str(error).partition(':')[0]}"
    return found.reason if isinstance(found, Dropped) else "article"


LINK = "<a href='/a/{n}.shtml' title='{title}'>{title}</a>"
PAGER = (
    "<div id='page_div'></div><script>createPageHTML('page_div',5,1,'list','shtml',90);</script>"
)
UNARTICLES = {
    # lists
    "plain list": (site(f"<ul class='list'>{items('<li>' + LINK + ' [{day}]</li>')}</ul>{PAGER}", "通知公告"), "list"),
    "disclosure list": (site(f"<ul class='listContent'>{items('<li>' + LINK + '<span>{day}</span></li>')}</ul>{PAGER}", "政策法规"), "list"),
    "undated list": (site(f"<div class='list'><ul>{items('<li>' + LINK + '</li>')}</ul></div>", "政策解读"), "list"),
    "normative list": (site(f"<ul class='gzklist'>{items('<li class=btime><div class=bt><h4>' + LINK + '</h4></div></li>')}</ul>{PAGER}", "规范性文件"), "list"),
    "list with summaries": (site(items("<div class='item'><h3>" + LINK + "</h3><p>{day} " + PROSE + "<a href='/a/{n}.shtml'>[详细]</a></p></div>", HEADLINES[:10]), "科技要闻"), "list"),
    "table list": (site(f"<table>{items('<tr><td>{n}</td><td>' + LINK + '</td><td>{day}</td></tr>')}</table>", "办事指南"), "list"),
    "list of two": (site(f"<ul class='list'>{items('<li>' + LINK + ' [{day}]</li>', HEADLINES[:2])}</ul>", "通知公告"), "list"),
    "picture list": (site(f"<ul class='pics'>{items('<li><a href=/a/{n}.shtml><img src=/i/{n}.jpg>{title}</a></li>')}</ul>", "图片新闻"), "list"),
    # home pages
    # Boxes of links are a front page by their address, a list without one.
    "home page": (site("".join(f"<div class='box'><h2><a href='/c/{n}'>第{n}栏</a></h2><ul>{items('<li>' + LINK + '</li>', HEADLINES[:6])}</ul></div>" for n in range(6))), "list"),
    "home with a teaser": (site(f"<div class='top'><h2><a href='/t'>头条</a></h2><p>{PROSE}</p></div>" + "".join(f"<ul>{items('<li>' + LINK + '</li>', HEADLINES[:8])}</ul>" for _ in range(5))), "home"),
    # login
    "login form": (bare("用户登录", "<form><p>用户名</p><input name=u><p>密码</p><input type=password></form>"), "login"),
    "login behind a site name": (bare("宿迁市政务服务平台-用户登录", "<form>账号 <input><br>密码 <input type=password></form>"), "login"),
    "unified identity": (bare("统一身份认证平台", "<div>扫码登录</div><div>账号登录</div><div>忘记密码？</div>"), "login"),
    "log in first": (site("<div class='msg'>您还未登录，请登录后查看本页内容，谢谢合作！</div>", "提示"), "login"),
    "session over": (bare("系统提示", "<p>登录超时，请重新登录。</p>"), "login"),
    # missing
    "nginx 404": (bare("404 Not Found", "<center><h1>404 Not Found</h1></center><hr><center>nginx/1.20.1</center>"), "missing"),
    "iis 404": (bare("404 - 找不到文件或目录。", "<h2>404 - 找不到文件或目录。</h2><h3>您要查找的资源可能已被删除，已更改名称或者暂时不可用。</h3>"), "missing"),
    "tomcat 404": (bare("HTTP Status 404 – Not Found", "<h1>HTTP Status 404 – Not Found</h1><p>The requested resource [/a/b.shtml] is not available</p><h3>Apache Tomcat/9.0.31</h3>"), "missing"),
    "soft 404": (site("<div class='error'><p>很抱歉，您访问的页面不存在或已被删除！</p><p>5秒后返回<a href='/'>首页</a></p></div>", "提示"), "missing"),
    "deleted": (site("<div>该信息已被删除。</div>", "信息公开"), "missing"),
    "apache 404": (bare("404 Not Found", "<h1>Not Found</h1><p>The requested URL /a.shtml was not found on this server.</p>"), "missing"),
    "walked away": (bare("页面走丢了", "<p>您访问的页面走丢了，去别处看看吧</p>"), "missing"),
    "wrong parameter": (bare("提示", "<p>参数错误，文章ID不存在</p>"), "missing"),
    # placeholders
    "nothing was issued": (notice("2023年未制发行政规范性文件", "", ""), "placeholder"),
    "nothing was issued, dated": (notice("我局2022年度未制发行政规范性文件", "<p></p>"), "placeholder"),
    "nothing here": (site("<div class='list'>暂无内容</div>", "专题专栏"), "placeholder"),
    "under construction": (site("<div>栏目正在建设中</div>", "数据开放"), "placeholder"),
    # shells
    "frames": (bare("宿迁市科技局", "", "") .replace("<body></body>", "<frameset cols='20%,*'><frame src='l.htm'><frame src='r.htm'></frameset>"), "frames"),
    "one frame": (bare("政民互动", "<iframe src='http://12345.suqian.gov.cn/list'></iframe>"), "frames"),
    "filled by script": (bare("信息公开", "<div id='app'></div><script src='/static/js/app.js'></script>"), "script"),
    "switch scripts on": (bare("信息公开", "<div id='root'>请开启JavaScript后访问本页面</div><script src='a.js'></script>"), "script"),
    "old browser": (bare("宿迁市", "<p>您的浏览器版本过低，为了更好的浏览体验，建议升级浏览器</p><script>check()</script>"), "script"),
    "loading": (bare("公开目录", "<div class='loading'>正在加载中...</div><script src='a.js'></script>"), "script"),
    "meta refresh": (bare("宿迁市科技局", "", "<meta http-equiv='refresh' content='0; url=/skjk/index.shtml'>"), "redirect"),
    "script redirect": (bare("", "<script>window.location.href='/skjk/index.shtml';</script>"), "redirect"),
    "jump notice": (bare("页面跳转", "<p>页面正在跳转，请稍候……如果浏览器没有自动跳转，请<a href='/x'>点击这里</a></p><script>location.replace('/x')</script>"), "redirect"),
    "nothing": (site("<div class='article-content'></div>"), "empty"),
    # search
    "search results": (site("<p>共找到 12 条结果</p>" + items("<div><h3>" + LINK + "</h3><p>" + PROSE + "</p></div>", HEADLINES[:5]), "站内搜索"), "search"),
    "no results": (site("<p>没有找到与“科技创新”相关的结果，请更换关键词。</p>", "搜索结果"), "search"),
    # in an article's place for a time
    "safedog": (bare("网站防火墙", "<h1>网站防火墙</h1><p>您的请求带有不合法参数，已被网站管理员设置拦截！</p><p>可能原因：您提交的内容包含危险的攻击请求</p>"), "parked:blocked"),
    "chuangyu": (bare("访问被拦截", "<p>当前访问疑似黑客攻击，已被创宇盾拦截。</p><p>事件编号：1a2b3c</p>"), "parked:blocked"),
    "cloud guard": (bare("云防护", "<p>您的访问被云防护拦截，请稍后再试。</p>"), "parked:blocked"),
    "403": (bare("403 Forbidden", "<center><h1>403 Forbidden</h1></center><hr><center>nginx</center>"), "parked:blocked"),
    "too often": (bare("提示", "<p>您的访问过于频繁，请稍后再试</p>"), "parked:blocked"),
    "502": (bare("502 Bad Gateway", "<center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center>"), "parked:error"),
    "java error": (bare("HTTP Status 500 – Internal Server Error", "<h1>HTTP Status 500</h1><p>java.lang.NullPointerException</p><p>at cn.cms.web.Show.get(Show.java:88)</p>"), "parked:error"),
    "asp.net error": (bare("运行时错误", "<h1>“/”应用程序中的服务器错误。</h1><p>说明: 服务器上出现应用程序错误。</p>"), "parked:error"),
    "sql error": (bare("宿迁", "<p>Warning: mysql_connect(): Access denied for user in /www/index.php on line 12</p>"), "parked:error"),
}  # fmt: skip
ROWS = "".join(
    f"<tr><td>{n}</td><td>江苏某某{n}科技有限公司</td><td>合格</td></tr>" for n in range(1, 30)
)
ARTICLES = {
    # short
    "one sentence": notice("停电通知", "<p>因线路检修，8月2日8时至12时停电。</p>"),
    "one sentence without a label": site("<h1>停水通知</h1><p>2024-07-31 09:05</p><div><p>因管网改造，8月2日22时至次日6时，项王路沿线停水。</p></div>", "停水通知"),
    "see attachment": notice("关于公布名单的通知", "<p>详见附件。</p><p><a href='a.xlsx'>附件：名单.xlsx</a></p>"),
    "short reply": notice("关于咨询问题的答复", "<p>您好，已转交办理。</p>"),
    "appointment": notice("任免通知", "<p>免去周景行同志市科技局副局长职务。</p>"),
    "nothing issued, explained": notice("关于2023年未制发行政规范性文件的说明", "<p>经梳理，2023年度我局未制发行政规范性文件。特此说明。</p>"),
    # without text
    "pictures only": notice("一图读懂科技创新政策", "<p><img src='1.png'></p><p><img src='2.png'></p>"),
    "attachment only": notice("宿科发〔2024〕5号文件", "<p><a href='5.pdf'>宿科发〔2024〕5号.pdf</a></p>"),
    "scan without a date": site("<h1>宿政发〔2020〕1号</h1><div class='article-content'><img src='1.jpg'></div>", "宿政发〔2020〕1号"),
    "embedded pdf": notice("2023年部门决算", "<iframe src='/js/viewer.html?file=/a/2023.pdf'></iframe>"),
    "embedded object": notice("2022年部门决算", "<object data='/a/2022.pdf' type='application/pdf'></object>"),
    "video only": notice("视频：走进科技馆", "<video src='a.mp4'></video>"),
    "table only": notice("2024年抽查结果公示", f"<table>{ROWS}</table>"),
    "table only without a date": site(f"<h1>抽查结果公示</h1><div class='article-content'><table>{ROWS}</table></div>", "抽查结果公示"),
    # like lists
    "names": notice("2024年入库企业名单", "".join(f"<p>{n}. 宿迁某某{n}科技有限公司</p>" for n in range(1, 40))),
    "catalogue of documents": notice("现行有效规范性文件目录", items("<p>{n}.《{title}》（宿科发〔2023〕{n}号）</p>")),
    "links": notice("申报系统链接汇总", "<p>现将有关申报系统网址公布如下：</p>" + items("<p><a href='http://sb{n}.cn/'>{title}</a></p>")),
    "links of a policy": notice("政策文件链接合集", items("<p><a href='/zc/{n}.shtml'>{title}</a>（{day}）</p>")),
    "digest": notice("一周工作动态", items("<p>{day}，{title}。</p>")),
    "dated links": notice("历年政府工作报告汇编", items("<p><a href='/bg/{n}.shtml'>{title}</a> {day}</p>")),
    "timetable": notice("8月份会议安排", items("<p>{day} {title}</p>")),
    "related links behind": notice("停气通知", "<p>8月2日9时至17时，黄河路停气。</p>") .replace(FOOT, "<div class='related'><ul>" + items("<li>" + LINK + "</li>") * 3 + "</ul></div>" + FOOT),
    # about the very things
    "about 404": notice("整治网站“404”顽疾", "<p>我市开展政府网站专项检查，重点整治页面不存在、链接打不开等问题。</p>"),
    "about 404 in its title": notice("为何总是“404 Not Found”？市民反映问题已解决", "<p>有市民反映该网站页面不存在，经核查已修复。</p>"),
    "about deleted pages": notice("关于清理失效链接的通知", "<p>页面不存在的，一律删除或更正，请于本周五前完成。</p>"),
    "about login": notice("关于统一身份认证平台上线的通知", "<p>请先登录平台完善信息，逾期不予受理。</p>"),
    "about logging in": notice("用户登录方式调整公告", "<p>用户名由手机号改为身份证号，密码不变。</p>"),
    "about search": notice("站内搜索功能升级公告", "<p>升级后，搜索“科技”共找到1200条结果，用时减半。</p>"),
    "about firewalls": notice("关于防范网络攻击的提示", "<p>如提示您的访问被拦截，请联系网站管理员。</p>"),
    "about firewalls at length": notice("网络安全知识：什么是网站防火墙", f"<p>{PROSE}请求被拦截时，防火墙会给出提示。</p>" * 3),
    "about errors": notice("系统维护公告", "<p>8月2日系统维护，期间如提示“服务器错误”属正常现象。</p>"),
    "about browsers": notice("网上申报操作提示", "<p>如您的浏览器不支持，请更换浏览器后再试。</p>"),
    "about redirects": notice("网站域名变更公告", "<p>旧域名将自动跳转到新域名，请更新收藏。</p>"),
    "about construction": notice("项目正在建设中", "<p>科技馆新馆正在建设中，预计年底开放。</p>"),
    "about a verification code": notice("防诈骗提示", "<p>不要把验证码告诉他人，谨防上当受骗。</p>"),
    "title with a dash": notice("书香宿迁-用户登录率居全省第一", "<p>市图书馆数字平台用户登录率居全省第一。</p>"),
    # odd pages
    "a redirect script for telephones": notice("停电通知", "<p>8月2日停电，请做好准备。</p>") .replace("</head>", "<script>if(/Mobile/.test(navigator.userAgent)){location.href='/m/a.shtml'}</script></head>"),
    "a hint for old browsers": notice("停电通知", "<p>8月2日停电，请做好准备。</p>") .replace("<body>", "<body><noscript>请开启JavaScript</noscript><div class='tip'>您的浏览器版本过低</div>"),
    "a form to log in above": notice("停电通知", "<p>8月2日停电，请做好准备。</p>") .replace("<body>", "<body><form>用户名 <input> 密码 <input type=password></form>"),
    "meta tags alone": bare("通知", "<div><p>经研究，同意备案。</p></div>", "<meta name='ArticleTitle' content='备案回执'><meta name='PubDate' content='2024-07-31'>"),
    "letter": notice("局长信箱：关于项目申报的咨询", "<p>问：项目何时申报？</p><p>答：每年三月，详见通知公告栏目。</p>"),
    "prose without a date": site(f"<h1>走访企业</h1><div><p>{PROSE}</p></div>", "走访企业"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNARTICLES)
def test_what_is_no_article_goes_by_its_reason(name: str) -> None:
    markup, expected = UNARTICLES[name]
    assert reason(markup) == expected


@pytest.mark.parametrize("name", ARTICLES)
def test_what_is_an_article_stays_one(name: str) -> None:
    assert reason(ARTICLES[name]) == "article"


@pytest.mark.parametrize(
    "url", ["http://kjj.suqian.gov.cn/", "https://kjj.suqian.gov.cn/index.shtml"]
)
def test_a_front_page_is_told_by_its_address(url: str) -> None:
    assert reason(UNARTICLES["home page"][0], url) == "home"


def test_an_article_in_a_container_of_its_own_is_judged_by_its_text() -> None:
    found = extract(page(ARTICLES["links of a policy"]), LAYOUT)
    assert isinstance(found, Article)
    assert HEADLINES[-1] in found.body


def test_a_title_of_dashes_is_taken_apart_once() -> None:
    began = process_time()
    assert reason(bare(f"公告{'—' * 100_000}", f"<p>{PROSE}</p>")) == "article"
    assert process_time() - began < 2


@pytest.mark.parametrize(
    "endless",
    [
        f"<embed src='{'.' * 100_000}'>",
        "<embed " * 30_000,
        "<meta http-equiv=refresh " * 9_000,
        f"<meta name='{'http-equiv=refresh ' * 7_500}'>",
    ],
    ids=["one tag", "many tags", "many refreshes", "refreshes in one tag"],
)
def test_a_tag_that_never_ends_costs_no_more_than_a_page(endless: str) -> None:
    began = process_time()
    assert reason(bare("公告", "请看附件", "<script></script>") + endless) == "script"
    assert process_time() - began < 2
