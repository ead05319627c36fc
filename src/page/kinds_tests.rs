//! Tests of kinds of pages: lists, live reports, forums, pages of scripts, and what surrounds a text.

use super::tests::{FIRST, SECOND, THIRD, article, check, page, whole};

/// Returns a page with this body under the title "Ferry held in harbour".
fn titled(body: &str) -> String {
    format!(
        "<!doctype html><html><head><title>Ferry held in harbour - The Example</title></head><body>\
         <nav><a href=/>Home</a> <a href=/sport>Sport</a></nav>{body}<footer><p>Copyright The Example. \
         All rights reserved, in all countries, for all time.</p></footer></body></html>"
    )
}

const HEADING: &str = "<h1>Ferry held in harbour</h1>";

fn paragraphs() -> String {
    [FIRST, SECOND, THIRD]
        .map(|text| format!("<p>{text}</p>"))
        .concat()
}

#[test]
fn a_list_of_goods_is_whole_without_its_buttons() {
    let goods = [
        ("Heron", SECOND),
        ("Gull", THIRD),
        ("Tern", FIRST),
        ("Auk", SECOND),
    ];
    let entries = goods.map(|(name, text)| {
        format!(
            "<div class=list-item><h2><a href=/shop/{name}>The {name}</a></h2><img><p>{text}</p>\
             <a class=btn href=/buy/{name}>Buy it for ten pounds</a></div>"
        )
    });
    let html = titled(&format!(
        "<main>{HEADING}<p>{FIRST}</p>{}</main>",
        entries.concat()
    ));
    let expected = goods
        .map(|(name, text)| format!("The {name}\n\n{text}"))
        .join("\n\n");
    check(&html, &format!("{FIRST}\n\n{expected}"));
}

#[test]
fn a_list_of_links_may_be_the_text() {
    let links =
        [FIRST, SECOND, THIRD].map(|text| format!("<li><a href=https://o.example>{text}</a></li>"));
    let html = titled(&format!(
        "<article>{HEADING}<p>Three things to read:</p><ul>{}</ul></article>",
        links.concat()
    ));
    let expected = format!(
        "Three things to read:\n\n{}",
        [FIRST, SECOND, THIRD].join("\n")
    );
    check(&html, &expected);
}

#[test]
fn a_live_report_has_its_opening_and_all_its_entries() {
    let opening = "Follow the day at the harbour as it happens, minute by minute.";
    let entries = [FIRST, SECOND, THIRD].map(|text| {
        format!(
            "<article class=live-post><header><time datetime=2024-03-05T14:02>14:02</time>\
             <h2>The wind, once more</h2></header><div class=post-body><p>{text}</p></div>\
             <div class=share><a href=#>Share</a></div></article>"
        )
    });
    let html = titled(&format!(
        "<main>{HEADING}<p>{opening}</p>{}</main>",
        entries.concat()
    ));
    let expected = [FIRST, SECOND, THIRD].map(|text| format!("The wind, once more\n\n{text}"));
    check(&html, &format!("{opening}\n\n{}", expected.join("\n\n")));
}

#[test]
fn a_recipe_has_what_is_needed() {
    let needed = [
        "200 g flour",
        "3 eggs",
        "1 pinch of salt",
        "half a litre of milk",
    ];
    let items = needed
        .map(|item| format!("<li><a href=/i>{item}</a></li>"))
        .concat();
    let items = items.replacen(
        "</a></li>",
        "</a>, sifted twice, and a spoon of it more</li>",
        1,
    );
    let steps = [SECOND, THIRD]
        .map(|text| format!("<li>{text}</li>"))
        .concat();
    let html = titled(&format!(
        "<article>{HEADING}<p>{FIRST}</p><div class=recipe-ingredients><h2>Ingredients</h2>\
         <ul>{items}</ul></div><div class=recipe-steps><h2>Method</h2><ol>{steps}</ol></div></article>"
    ));
    let found = page(&html).text;
    for item in needed {
        assert!(found.contains(item), "{item}: {found}");
    }
    assert!(found.ends_with(&format!("{SECOND}\n{THIRD}")), "{found}");
}

#[test]
fn captions_of_a_gallery_are_its_text() {
    let slides = [FIRST, SECOND, THIRD].map(|text| {
        format!(
            "<div class=slide><img><div class='slide-caption caption'>{text}</div>\
             <div class=credit>Photo: Bo Li</div></div>"
        )
    });
    let gallery = format!(
        "{HEADING}<div class='gallery slideshow'>{}</div>",
        slides.concat()
    );
    let found = page(&titled(&gallery)).text;
    assert_eq!(found.replace("\n\n", "\n"), whole().replace("\n\n", "\n"));
    let beside = [THIRD, SECOND].map(|text| format!("<div><img><p class=caption>{text}</p></div>"));
    let html = article("", "", "").replace(
        "</p></div>",
        &format!(
            "</p><div class=photo-gallery>{}</div></div>",
            beside.concat()
        ),
    );
    check(&html, &whole());
}

#[test]
fn a_thread_is_read_without_what_stands_beside_its_posts() {
    let posts = [("annpoe", FIRST), ("boli", SECOND), ("cyro", THIRD)].map(|(name, text)| {
        format!(
            "<div class=post><div class=postprofile><b>{name}</b><br>Posts: 4,501<br>Joined: Mar \
             2012</div><div class=postbody><p>{text}</p></div>\
             <div class=signature>Ships are for sailing.</div></div>"
        )
    });
    check(&titled(&format!("{HEADING}{}", posts.concat())), &whole());
}

#[test]
fn what_an_accelerated_page_adds_is_left_out() {
    let html = format!(
        "<!doctype html><html ⚡><head><title>Ferry held in harbour</title></head><body>\
         <amp-sidebar hidden><ul><li><a href=/a>News of the day</a></ul></amp-sidebar>\
         <article>{HEADING}<div><p>{FIRST}</p><p>{SECOND}</p><amp-ad><div fallback>A bank, with its \
         rates, is here.</div></amp-ad><section subscriptions-section=content><p>{THIRD}</p></section>\
         </div></article><amp-consent><div><p>We and our partners use cookies, to serve you, to \
         measure, and to improve.</p></div></amp-consent></body></html>"
    );
    check(&html, &whole());
}

#[test]
fn an_offer_over_a_text_is_no_part_of_it() {
    let offer = "<div class=paywall-overlay><h3>Subscribe to read on</h3><p>One month for one pound, \
        then ten pounds a month, and cancel at any time.</p></div>";
    check(&article("", "", offer), &whole());
    let within = article("", "", "").replace("</p></div>", &format!("</p>{offer}</div>"));
    check(&within, &whole());
    // What is behind the wall is the text.
    let html = titled(&format!(
        "<article>{HEADING}<p>{FIRST}</p><div class='paywall subscriber-only'><p>{SECOND}</p>\
         <p>{THIRD}</p></div></article>"
    ));
    check(&html, &whole());
}

#[test]
fn comments_of_many_systems_are_left_out() {
    let said = format!("<li><b>Bo</b><p>{SECOND} So I think.</p></li>").repeat(12);
    for label in [
        "class=leserbriefe",
        "class=commentaires",
        "id=comentarios",
        "class=comentarii",
        "class=yorumlar",
        "class=kommentarer",
        "class=reacties",
        "class=otzyvy",
        "class=hozzaszolasok",
        "class=talkbacks",
        "class=webmentions",
        "class=responses",
        "class=giscus",
        "class=utterances",
        "id=remark42",
        "id=isso-thread",
        "id=hyvor-talk-view",
        "id=hypercomments_widget",
        "itemprop=comment",
        "itemscope itemtype=https://schema.org/Comment",
    ] {
        let comments = format!("<div {label}><h3>What readers say</h3><ul>{said}</ul></div>");
        check(&article("", "", &comments), &whole());
    }
}

#[test]
fn questions_of_consent_are_left_out() {
    let question =
        "<p>We and our 842 partners store and access personal data, such as browsing data \
        or unique identifiers, on your device. You may accept, or manage your choices.</p>"
            .repeat(4);
    for label in [
        "id=onetrust-consent-sdk",
        "id=didomi-host",
        "id=usercentrics-root",
        "id=sp_message_container_1",
        "class=qc-cmp2-container",
        "class='cc-window cc-banner'",
        "class=privacy-manager",
        "id=tarteaucitronRoot",
        "class=datenschutz-hinweis",
        "class=rgpd-aviso",
    ] {
        let banner = format!("<div {label}><h2>We value your privacy</h2>{question}</div>");
        check(&article("", "", &banner), &whole());
    }
}

#[test]
fn a_page_of_scripts_is_read_from_its_state() {
    let body = paragraphs();
    let quoted = |text: &str| serde_json::json!(text).to_string();
    let state = serde_json::json!({"kind": "story", "story": {"body": body}}).to_string();
    let escaped = quoted(&body)
        .replace('<', "\\u003C")
        .replace('/', "\\u002F");
    let in_attribute = state
        .replace('&', "&amp;")
        .replace('\'', "&#39;")
        .replace('<', "&lt;");
    for held in [
        format!("<script id=__NEXT_DATA__ type=application/json>{state}</script>"),
        format!("<script>window.__APOLLO_STATE__ = {state};</script>"),
        format!("<script>if (!x) {{ y = 1; }} window.__STATE__ = {state};</script>"),
        format!(
            "<script>window.__STATE__ = JSON.parse({});</script>",
            quoted(&state)
        ),
        format!(
            "<script>window.__NUXT__=(function(a,b){{return {{layout:\"default\",data:[{{story:\
                 {{title:a,body:{escaped},n:b}}}}],state:{{}}}}}}(\"Ferry\",null));</script>"
        ),
        format!("<div id=app data-page='{in_attribute}'></div>"),
        format!("<textarea>{}</textarea>", body.replace('<', "&lt;")),
    ] {
        let html = format!(
            "<!doctype html><html><head><title>Ferry held in harbour</title></head><body>\
             <div id=root></div>{held}</body></html>"
        );
        check(&html, &whole());
    }
}

#[test]
fn texts_of_many_scripts_are_read() {
    let texts = [
        (
            "渡轮周二被困在港口，因为夜里起了风，引航员不肯出海。",
            "到了中午，卡车的队伍一直排到了旧海关大楼，司机们睡在驾驶室里。",
        ),
        (
            "เรือเฟอร์รี่ไปยังหมู่เกาะถูกกักอยู่ในท่าเรือเมื่อวันอังคารเพราะลมแรงขึ้นในตอนกลางคืน",
            "ตอนเที่ยงแถวรถบรรทุกยาวไปถึงศุลกากรเก่า คนขับนอนในรถ และร้านขนมปังขายขนมปังหมด",
        ),
        (
            "احتُجزت العبارة المتجهة إلى الجزر في الميناء يوم الثلاثاء، لأن الرياح اشتدت في الليل.",
            "بحلول الظهر، وصل طابور الشاحنات إلى مبنى الجمارك القديم؛ ونام السائقون في مقصوراتهم.",
        ),
        (
            "द्वीपों के लिए जाने वाली नौका को मंगलवार को बंदरगाह में रोक दिया गया, क्योंकि रात में हवा तेज हो गई थी।",
            "दोपहर तक, ट्रकों की कतार पुराने सीमा शुल्क भवन तक पहुँच गई; चालक अपने केबिन में सोए।",
        ),
        (
            "Լաստանավը երեքշաբթի օրը մնաց նավահանգստում, որովհետև գիշերը քամին ուժեղացել էր։",
            "Կեսօրին բեռնատարների հերթը հասավ հին մաքսատանը, վարորդները քնեցին խցիկներում։",
        ),
    ];
    for (one, two) in texts {
        for text in [
            format!("<p>{one}</p><p>{two}</p>"),
            format!("{one}<br><br>{two}"),
        ] {
            let html = format!(
                "<html><body><ul><li><a href=/a>1</a><li><a href=/b>2</a></ul><div class=c>{text}</div>\
                 <div class=footer>© 2024</div></body></html>"
            );
            check(&html, &format!("{one}\n\n{two}"));
        }
    }
}

#[test]
fn a_credit_after_an_advertisement_is_kept() {
    let html = article("", "", "").replace(
        "</p></div>",
        "</p><div class=ad><p>A bank, with its rates, is here today.</p></div><p>Reuters</p></div>",
    );
    check(&html, &format!("{}\n\nReuters", whole()));
}

#[test]
fn a_heading_with_a_label_is_no_part_of_the_text() {
    let heading = "<h1>Ferry held in harbour today, once more | Opinion</h1>";
    let body = format!("<article>{heading}{}</article>", paragraphs());
    let html = titled(&body).replace(
        "<title>Ferry held in harbour - The Example",
        "<title>Ferry held in harbour today, once more | Opinion",
    );
    let found = page(&html);
    assert_eq!(found.title, "Ferry held in harbour today, once more");
    assert_eq!(found.text, whole());
}
