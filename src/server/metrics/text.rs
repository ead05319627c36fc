//! Metrics as text.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, prometheus_text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use crate::meter::{BOUNDS_US, Distribution};

/// A metric and all its series, which are of one type.
#[derive(Debug)]
pub(super) struct Metric {
    /// Without the `_total` of a counter and the `_info` of an info, which the text has.
    name: &'static str,
    help: &'static str,
    series: Vec<Series>,
}

type LabelPairs = Vec<(&'static str, String)>;

/// The value under some labels.
#[derive(Debug)]
pub(super) struct Series {
    labels: LabelPairs,
    value: SeriesValue,
}

#[derive(Debug)]
enum SeriesValue {
    Counter(u64),
    /// A counter of fractions.
    Seconds(f64),
    Gauge(f64),
    Times(Distribution),
    /// 1: the labels say everything.
    Info,
}

impl Series {
    pub(super) fn counter(labels: LabelPairs, count: u64) -> Self {
        let value = SeriesValue::Counter(count);
        Self { labels, value }
    }

    pub(super) fn gauge(labels: LabelPairs, value: f64) -> Self {
        let value = SeriesValue::Gauge(value);
        Self { labels, value }
    }

    pub(super) fn times(labels: LabelPairs, times: Distribution) -> Self {
        let value = SeriesValue::Times(times);
        Self { labels, value }
    }

    pub(super) fn info(labels: LabelPairs) -> Self {
        let value = SeriesValue::Info;
        Self { labels, value }
    }
}

pub(super) fn counter(name: &'static str, help: &'static str, count: u64) -> Metric {
    family(name, help, vec![Series::counter(Vec::new(), count)])
}

pub(super) fn counter_of_seconds(name: &'static str, help: &'static str, seconds: f64) -> Metric {
    let value = SeriesValue::Seconds(seconds);
    let labels = Vec::new();
    family(name, help, vec![Series { labels, value }])
}

pub(super) fn gauge(name: &'static str, help: &'static str, value: f64) -> Metric {
    family(name, help, vec![Series::gauge(Vec::new(), value)])
}

/// Returns a histogram of seconds.
pub(super) fn times(name: &'static str, help: &'static str, times: &Distribution) -> Metric {
    family(name, help, vec![Series::times(Vec::new(), times.clone())])
}

/// Returns a metric with a series for each value of its labels.
pub(super) fn family(name: &'static str, help: &'static str, series: Vec<Series>) -> Metric {
    Metric { name, help, series }
}

/// Returns metrics in the text format of Prometheus; `None` if one cannot be written.
pub(super) fn encode(metrics: Vec<Metric>) -> Option<String> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Exposition(metrics)));
    let mut text = String::new();
    prometheus_text::encode(&mut text, &registry).ok()?;
    Some(text)
}

#[derive(Debug)]
struct Exposition(Vec<Metric>);

impl Collector for Exposition {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for metric in &self.0 {
            let Some(first) = metric.series.first() else {
                continue;
            };
            let kind = match first.value {
                SeriesValue::Counter(_) | SeriesValue::Seconds(_) => MetricType::Counter,
                SeriesValue::Gauge(_) => MetricType::Gauge,
                SeriesValue::Times(_) => MetricType::Histogram,
                SeriesValue::Info => MetricType::Info,
            };
            let mut written = encoder.encode_descriptor(metric.name, metric.help, None, kind)?;
            for series in &metric.series {
                match (&series.value, series.labels.is_empty()) {
                    (SeriesValue::Info, _) => written.encode_info(&series.labels)?,
                    (value, true) => encode_value(value, &mut written)?,
                    (value, false) => {
                        encode_value(value, &mut written.encode_family(&series.labels)?)?;
                    }
                }
            }
        }
        Ok(())
    }
}

fn encode_value(value: &SeriesValue, to: &mut MetricEncoder<'_>) -> fmt::Result {
    match value {
        SeriesValue::Counter(count) => to.encode_counter::<NoLabelSet, _, u64>(count, None),
        SeriesValue::Seconds(sum) => to.encode_counter::<NoLabelSet, _, f64>(sum, None),
        SeriesValue::Gauge(value) => to.encode_gauge(value),
        SeriesValue::Times(times) => {
            let bounds = BOUNDS_US.iter().map(|&us| seconds(us));
            let buckets: Vec<(f64, u64)> = bounds.zip(times.counts).collect();
            let sum = seconds(times.sum_us);
            to.encode_histogram::<NoLabelSet>(sum, times.count(), &buckets, None)
        }
        SeriesValue::Info => Ok(()),
    }
}

fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::meter::Histogram;

    #[test]
    fn metrics_are_written_as_prometheus_reads_them() {
        let histogram = Histogram::default();
        histogram.add(Duration::from_micros(200));
        histogram.add(Duration::from_secs(90));
        let labels = |value: &str| vec![("kind", value.to_owned())];
        let text = encode(vec![
            counter("a_calls", "Calls.", 3),
            family(
                "a_size",
                "Sizes.",
                vec![
                    Series::gauge(labels("x"), 0.5),
                    Series::gauge(labels("y\"\\\n"), 1e12),
                ],
            ),
            times("a_seconds", "Times.", &histogram.distribution()),
            family("a_build", "Build.", vec![Series::info(labels("z"))]),
            family("a_nothing", "Nothing.", Vec::new()),
        ])
        .unwrap();
        let has =
            |line: &str| assert!(text.lines().any(|one| one == line), "no `{line}` in {text}");
        has("# TYPE a_calls_total counter");
        has("a_calls_total 3");
        has("# HELP a_size Sizes.");
        has("a_size{kind=\"x\"} 0.5");
        has("a_seconds_bucket{le=\"0.0001\"} 0");
        has("a_seconds_bucket{le=\"0.00025\"} 1");
        has("a_seconds_bucket{le=\"60\"} 1");
        has("a_seconds_bucket{le=\"+Inf\"} 2");
        has("a_seconds_count 2");
        has("a_build_info{kind=\"z\"} 1");
        assert!(text.contains(r#"a_size{kind="y\"\\\n"} "#), "{text}");
        assert!(!text.contains("a_nothing"), "{text}");
    }
}
