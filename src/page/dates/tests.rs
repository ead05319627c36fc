//! Tests of dates as pages and crawlers write them.

use jiff::Timestamp;

use super::{Conventions, parse_date};

fn check_in(conventions: &Conventions, text: &str, expected: &str) {
    let found = conventions
        .parse_date(text)
        .map(|ms| Timestamp::from_millisecond(ms).unwrap());
    let expected = match expected.contains('T') {
        true => expected.to_owned(),
        false => format!("{expected}T00:00:00Z"),
    };
    let expected: Timestamp = expected.parse().unwrap();
    assert_eq!(found, Some(expected), "{text}");
}

fn check(text: &str, expected: &str) {
    check_in(&Conventions::default(), text, expected);
}

#[test]
fn dates_are_read() {
    check("2024-11-26T13:27:18Z", "2024-11-26T13:27:18Z");
    check("2024-11-26T13:27:18.250+02:00", "2024-11-26T11:27:18.25Z");
    check("2024-11-26 13:27:18+00:00", "2024-11-26T13:27:18Z");
    check("2024-11-26T13:27:18+0200", "2024-11-26T11:27:18Z");
    check("2024-11-26T13:27+02:00", "2024-11-26T11:27:00Z");
    check("2024-11-26T13:27Z", "2024-11-26T13:27:00Z");
    check("2024-11-26T13:27", "2024-11-26T13:27:00Z");
    check("2024-11-26 13:27:18 -0500", "2024-11-26T18:27:18Z");
    check("2015-07-21 02:51:37", "2015-07-21T02:51:37Z");
    check("2015-07-21T02:51:37", "2015-07-21T02:51:37Z");
    check("2015-07-21 02:51:37 UTC", "2015-07-21T02:51:37Z");
    check(" 2011-11-03 ", "2011-11-03T00:00:00Z");
    check("2011/11/03", "2011-11-03T00:00:00Z");
    check("2011年11月3日 08:05", "2011-11-03T08:05:00Z");
    check("03.11.2011 08:05", "2011-11-03T08:05:00Z");
    check("November 3, 2011", "2011-11-03T00:00:00Z");
    check("3 Nov 2011", "2011-11-03T00:00:00Z");
    check("Thu, 22 Aug 2002 14:50:31 +0100", "2002-08-22T13:50:31Z");
    check("Mon, 22 Aug 2002 14:50:31 GMT", "2002-08-22T14:50:31Z");
    check("22 Aug 2002 14:50:31 -0700", "2002-08-22T21:50:31Z");
    check("26-FEB-1987 15:03:27.51", "1987-02-26T15:03:27.51Z");
    check(" 2-MAR-1987 15:03:27", "1987-03-02T15:03:27Z");
    check("1700000000", "2023-11-14T22:13:20Z");
    check("1700000000.5", "2023-11-14T22:13:20.5Z");
    check("1700000000123", "2023-11-14T22:13:20.123Z");
}

#[test]
fn other_text_is_not_a_date() {
    for none in [
        "yesterday",
        "03/04/2017",
        "2015-13-01",
        "",
        "1e300",
        "2015",
        &"1".repeat(400),
    ] {
        assert_eq!(parse_date(none), None, "{none}");
    }
}

#[test]
fn javascript_mails_and_archives_write_dates() {
    check("Sat Nov 18 2017 15:21:41 GMT+0000", "2017-11-18T15:21:41Z");
    check(
        "Sat Nov 18 2017 15:21:41 GMT+0100 (Central European Standard Time)",
        "2017-11-18T14:21:41Z",
    );
    check("Mon Jan 20 09:49:32 UTC 2020", "2020-01-20T09:49:32Z");
    check("Thu Mar  5 10:00:00 2020", "2020-03-05T10:00:00Z");
    check("May 6, 2024 11:30 PM", "2024-05-06T23:30:00Z");
    check("04:25:06 PM IST Apr 08, 2020", "2020-04-08T16:25:06Z");
    check("Thu, 09/25/2025 - 11:38", "2025-09-25T11:38:00Z");
    check(
        "Sonntag, Dezember 16th, 2012, 7:05 pm",
        "2012-12-16T19:05:00Z",
    );
    check("20200516T09:51:53Z", "2020-05-16T09:51:53Z");
    check("20180619T055000+0900", "2018-06-18T20:50:00Z");
    check("16-08-2009T14:12:32+0200", "2009-08-16T12:12:32Z");
    check("2022-1-26T14:32:06+02:00", "2022-01-26T12:32:06Z");
    check("2022-01-10T22:06:08:684Z", "2022-01-10T22:06:08.684Z");
    check("20240305141007", "2024-03-05T14:10:07Z");
    check("202403051410", "2024-03-05T14:10:00Z");
    check("20240305", "2024-03-05");
    check("2023 Jan 7", "2023-01-07");
    check("Oct 7, 2024 9:05 a.m. EDT", "2024-10-07T13:05:00Z");
    // Codes and remarks may follow.
    check("27-MAR-1987 00:02:59.13RM", "1987-03-27T00:02:59.13Z");
    check("27-MAR-1987 05:04:56.36M C", "1987-03-27T05:04:56.36Z");
    check(
        "9-APR-1987 00:00:00.00    # date added by hand",
        "1987-04-09",
    );
    check("26/10/2017 11h57", "2017-10-26T11:57:00Z");
}

#[test]
fn dates_are_read_in_many_languages() {
    let expected = parse_date("2024-03-05");
    let rows = [
        ("en", "March 5, 2024"),
        ("en", "Tuesday 5th of March 2024"),
        ("en", "Mar. 5th 2024"),
        ("de", "5. März 2024"),
        ("de", "Di., 05.03.2024"),
        ("de", "5. Mär. 2024"),
        ("fr", "mardi 5 mars 2024"),
        ("es", "5 de marzo de 2024"),
        ("pt", "5 de março de 2024"),
        ("pt", "5 mar 2024"),
        ("it", "martedì 5 marzo 2024"),
        ("nl", "dinsdag 5 maart 2024"),
        ("pl", "5 marca 2024 r."),
        ("cs", "5. března 2024"),
        ("sk", "5. marca 2024"),
        ("hu", "2024. március 5."),
        ("ro", "5 martie 2024"),
        ("hr", "5. ožujka 2024."),
        ("sl", "5. marec 2024"),
        ("sr", "5. март 2024."),
        ("bg", "5 март 2024 г."),
        ("ru", "5 марта 2024 года"),
        ("uk", "5 березня 2024"),
        ("be", "5 сакавіка 2024"),
        ("el", "5 Μαρτίου 2024"),
        ("tr", "5 Mart 2024"),
        ("az", "5 mart 2024"),
        ("sv", "5 mars 2024"),
        ("da", "5. marts 2024"),
        ("nb", "5. mars 2024"),
        ("fi", "5. maaliskuuta 2024"),
        ("et", "5. märts 2024"),
        ("lv", "2024. gada 5. marts"),
        ("lt", "2024 m. kovo 5 d."),
        ("ca", "5 de març de 2024"),
        ("id", "5 Maret 2024"),
        ("vi", "ngày 5 tháng 3 năm 2024"),
        ("fil", "Marso 5, 2024"),
        ("ar", "٥ مارس ٢٠٢٤"),
        ("ar", "5 آذار 2024"),
        ("he", "5 במרץ 2024"),
        ("ur", "5 مارچ، 2024"),
        ("hi", "5 मार्च 2024"),
        ("hi", "५ मार्च २०२४"),
        ("bn", "৫ মার্চ ২০২৪"),
        ("ta", "மார்ச் 5, 2024"),
        ("te", "5 మార్చి 2024"),
        ("ka", "5 მარტი 2024"),
        ("hy", "5 մարտի 2024"),
        ("sw", "5 Machi 2024"),
        // Names of speech and of newspapers, abbreviations, and years of two digits.
        ("el", "Τρίτη 5 Μάρτη 2024"),
        ("ar", "5 مارس/آذار 2024"),
        ("ar", "الثلاثاء 5 آذار / مارس 2024 09:22 مساءً"),
        ("ar", "5 آذار (مارس) 2024"),
        ("de", "5. Mrz 2024"),
        ("ru", "5 мар 2024, 10:30"),
        ("it", "(Roma, 5 Marzo 24)"),
        ("en", "5 Mar 24 | News"),
        ("de", "5.3.24"),
        ("en-US", "3/5/24"),
        ("zh", "2024年3月5日"),
        ("zh", "二〇二四年三月五日"),
        ("ja", "2024年03月05日(火)"),
        ("ko", "2024년 3월 5일"),
        ("ko", "2024. 3. 5."),
        ("ko", "24.03.05"),
        // Other calendars.
        ("th", "5 มีนาคม 2567"),
        ("th", "5 มี.ค. 67"),
        ("th", "05/03/2567"),
        ("th", "2567-03-05"),
        ("fa", "۱۵ اسفند ۱۴۰۲"),
        ("fa", "1402/12/15"),
        ("ar", "24 شعبان 1445"),
        ("ar", "1445/8/24"),
        ("ja", "令和6年3月5日"),
        ("zh-TW", "民國113年3月5日"),
    ];
    let day = 24 * 3600 * 1000;
    let read = |(lang, text)| Some(Conventions::of(lang, "").parse_date(text)? / day * day);
    let wrong: Vec<_> = rows
        .into_iter()
        .filter(|row| read(*row) != expected)
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    check_in(&Conventions::of("ja", ""), "令和元年5月1日", "2019-05-01");
}

#[test]
fn the_time_beside_a_date_is_read() {
    let check = |lang: &str, text: &str, expected: &str| {
        check_in(&Conventions::of(lang, ""), text, expected)
    };
    check("de", "05.03.2024, 14:10 Uhr", "2024-03-05T14:10:00Z");
    check("de", "Di, 5. März 2024 - 9.05 Uhr", "2024-03-05T09:05:00Z");
    check("fr", "le 5 mars 2024 à 14h10", "2024-03-05T14:10:00Z");
    check("en", "2:10 PM, March 5, 2024", "2024-03-05T14:10:00Z");
    check("en", "March 5, 2024 | 12:10 AM", "2024-03-05T00:10:00Z");
    check(
        "en",
        "March 5, 2024 at 2:10 p.m. UTC+02:00",
        "2024-03-05T12:10:00Z",
    );
    check("ja", "2024年3月5日 14時10分", "2024-03-05T14:10:00Z");
    check("zh", "2024年3月5日 下午2:10", "2024-03-05T14:10:00Z");
    check("ja", "2024年3月5日 午後2時10分", "2024-03-05T14:10:00Z");
    check("ko", "2024년 3월 5일 오후 2시 10분", "2024-03-05T14:10:00Z");
    check("ko", "2024.03.05 PM 02:10", "2024-03-05T14:10:00Z");
    check("ar", "5 مارس 2024 02:10 مساءً", "2024-03-05T14:10:00Z");
    check("el", "5 Μαρτίου 2024, 02:10 μ.μ.", "2024-03-05T14:10:00Z");
    check("vi", "05/03/2024 14:10 (GMT+7)", "2024-03-05T07:10:00Z");
    // Not a time.
    check("en", "March 5, 2024 - 3 min read", "2024-03-05");
    check("en", "March 5, 2024 - 12 comments", "2024-03-05");
}

#[test]
fn the_order_of_day_and_month_is_told_or_left_open() {
    let check = |lang: &str, host: &str, text: &str, expected: Option<&str>| {
        let expected = expected.map(|date| parse_date(date).unwrap());
        assert_eq!(
            Conventions::of(lang, host).parse_date(text),
            expected,
            "{lang} {host} {text}"
        );
    };
    check("pt", "", "04/03/2017", Some("2017-03-04"));
    check("en-US", "", "04/03/2017", Some("2017-04-03"));
    check("en", "a.example.au", "04/03/2017", Some("2017-03-04"));
    check("en", "a.example", "04/03/2017", None);
    check("en", "a.example", "04/13/2017", Some("2017-04-13"));
    check("en", "a.example", "13/04/2017", Some("2017-04-13"));
    check("en", "a.example", "04/04/2017", Some("2017-04-04"));
    check("en-US", "", "04.03.2017", Some("2017-03-04"));
    check("de", "", "04.03.17", Some("2017-03-04"));
    check("en", "", "04/03/17", None);
    check("en", "", "4/3/17", None);
    // The weekday beside it.
    check("en", "", "Saturday, 04/03/2017", Some("2017-03-04"));
    check(
        "en",
        "",
        "Mon, 04/03/2017 - 10:30",
        Some("2017-04-03T10:30:00Z"),
    );
    check("en-US", "", "Monday, 04.03.17", Some("2017-04-03"));
    check("en", "", "04/03/2017 (sábado)", Some("2017-03-04"));
    check("en", "", "Sunday, 04/03/2017", None);
}

#[test]
fn rows_of_numbers_are_no_dates() {
    let conventions = Conventions::of("de", "");
    for none in [
        "192.168.10.12",
        "1.2.3",
        "12-34-56-78",
        "2020/02/19/1361729",
        "10:20:30",
        "5 May",
        "May 2024",
        "32.01.2024",
        "29.02.2023",
        "in 2020 and 12 more",
        "30 Schawwal 1444",
        "1-2-3",
        "3 5 2024",
        "5 May 20 people",
        "5 May 20,000",
        "5 May 20:30",
        "28.01. - 05.02. 10% off",
    ] {
        assert_eq!(conventions.parse_date(none), None, "{none}");
    }
}
