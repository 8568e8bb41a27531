# Survival statistics by R: Rscript tests/golden/survival/make_goldens.R [folder of open data sets]
# Needs R with survival, cmprsk and jsonlite. Reads cases.json beside it, writes goldens.json; with the folder also
# open_data.json: numbers derived from the open data sets, no row of them.
suppressMessages({library(survival); library(cmprsk); library(jsonlite)})
here <- "tests/golden/survival"
options(digits = 17)

curve <- function(surv, kind) {
  fit <- survfit(surv ~ 1, conf.type = kind)
  asked <- quantile(fit, c(.25, .5, .75))
  left <- fit$n.event + fit$n.censor > 0  # late entry adds days on which nobody left
  list(day = fit$time[left], at_risk = fit$n.risk[left], events = fit$n.event[left], censored = fit$n.censor[left],
       survival = fit$surv[left], error = (fit$surv * fit$std.err)[left], low = fit$lower[left], high = fit$upper[left],
       quantiles = list(value = unname(asked$quantile), low = unname(asked$lower), high = unname(asked$upper)))
}

incidence <- function(surv) {
  fit <- survfit(surv ~ 1, conf.type = "log-log")
  left <- rowSums(fit$n.event) + rowSums(as.matrix(fit$n.censor)) > 0
  columns <- match(c("1", "2"), fit$states)
  named <- function(what) lapply(columns, function(k) fit[[what]][left, k])
  list(day = fit$time[left], share = named("pstate"), error = named("std.err"), low = named("lower"), high = named("upper"))
}

difference <- function(day, event, group, site = NULL) {
  data <- data.frame(day, event, group)
  fit <- if (is.null(site)) survdiff(Surv(day, event) ~ group, data) else survdiff(Surv(day, event) ~ group + strata(site), data)
  sum_of <- function(what) if (is.matrix(what)) rowSums(what) else what
  df <- sum(sum_of(fit$exp) > 0) - 1
  list(chi2 = fit$chisq, df = df, p = pchisq(fit$chisq, df, lower.tail = FALSE), observed = sum_of(fit$obs), expected = sum_of(fit$exp))
}

# Aalen-Johansen variance by another hand: cmprsk, Gray's (Aalen's) formula differs with ties; shares are the same.
shares_of_cmprsk <- function(day, status) {
  fit <- cuminc(day, status)
  at <- sort(unique(day))
  found <- timepoints(fit, at)$est
  lapply(1:2, function(k) { row <- paste("1", k); if (row %in% rownames(found)) unname(found[row, ]) else rep(0, length(at)) })
}

of_case <- function(case) {
  day <- case$day; status <- case$status; entry <- case$entry
  survived <- if (is.null(entry)) Surv(day, status > 0) else Surv(entry, day, status > 0)
  found <- list(name = case$name, log_log = curve(survived, "log-log"), plain = curve(survived, "plain"))
  if (any(status == 2)) {
    ends <- factor(status, 0:2)
    found$ends <- if (is.null(entry)) incidence(Surv(day, ends)) else {
      of_entry(Surv(entry, day, ends), seq_along(day))
    }
    if (is.null(entry) && min(day) > 0) found$cmprsk <- list(day = sort(unique(day)), share = shares_of_cmprsk(day, status))
  }
  if (!is.null(case$group)) {
    found$log_rank <- difference(day, status > 0, case$group)
    found$stratified <- difference(day, status > 0, case$group, case$site)
  }
  found
}

# With late entry survfit has the jackknife of people only, another estimate than Greenwood's: shares alone are taken.
of_entry <- function(surv, id) {
  fit <- survfit(surv ~ 1, id = id, conf.type = "log-log")
  left <- rowSums(fit$n.event) + rowSums(as.matrix(fit$n.censor)) > 0
  list(day = fit$time[left], share = lapply(match(c("1", "2"), fit$states), function(k) fit$pstate[left, k]))
}

shares <- lapply(list(c(0, 1), c(1, 1), c(0, 12), c(12, 12), c(3, 17), c(8, 28), c(1, 1000), c(499, 1000), c(152, 254)), function(x) {
  one <- binom.test(x[1], x[2], .05, conf.level = .95); wilson <- suppressWarnings(prop.test(x[1], x[2], correct = FALSE))
  list(events = x[1], people = x[2], exact = one$conf.int[1:2], exact_90 = binom.test(x[1], x[2], conf.level = .9)$conf.int[1:2],
       wilson = wilson$conf.int[1:2])
})
rates <- lapply(list(c(0, 10), c(1, .5), c(7, 120.5), c(1191, 25000), c(3, 100000)), function(x)
  list(events = x[1], exposure = x[2], exact = poisson.test(x[1], x[2])$conf.int[1:2], exact_99 = poisson.test(x[1], x[2], conf.level = .99)$conf.int[1:2]))
p_values <- c(.0001, .04, .012, .5, .012, .9, 1, .0499, .03)
adjusted <- list(p = p_values, holm = p.adjust(p_values, "holm"))

made_by <- list(program = R.version.string, survival = as.character(packageVersion("survival")),
                cmprsk = as.character(packageVersion("cmprsk")), script = file.path(here, "make_goldens.R"))
written <- function(values, file) write_json(values, file.path(here, file), digits = NA, auto_unbox = TRUE, na = "null", null = "null")
cases <- fromJSON(file.path(here, "cases.json"), simplifyDataFrame = FALSE)$cases
written(list(made_by = made_by, cases = lapply(cases, of_case), shares = shares, rates = rates, adjusted = adjusted), "goldens.json")

folder <- commandArgs(trailingOnly = TRUE)
if (length(folder)) {
  read <- function(...) read.csv(file.path(folder[1], ...))
  alcohol <- read("alda_mood", "alcohol_relapse.csv"); cocaine <- read("alda_mood", "cocaine_relapse_1.csv")
  adtte <- read("safetydata_cdiscpilot", "adam_adtte.csv")
  days <- round(alcohol$weeks * 7)
  whole <- function(name, source, licence, unit, day, event) list(name = name, source = source, licence = licence, unit = unit,
    people = length(day), log_log = curve(Surv(day, event), "log-log"))
  written(list(made_by = made_by, sets = list(
    whole("alcohol", "alda_mood/alcohol_relapse.csv", "CC0 1.0", "days (weeks by 7, rounded)", days, alcohol$censor == 0),
    c(whole("cocaine", "alda_mood/cocaine_relapse_1.csv", "CC0 1.0", "weeks", cocaine$weeks, cocaine$censor == 0),
      list(by = "needle", log_rank = difference(cocaine$weeks, cocaine$censor == 0, cocaine$needle))),
    c(whole("cdisc", "safetydata_cdiscpilot/adam_adtte.csv", "MIT", "days", adtte$AVAL, adtte$CNSR == 0),
      list(by = "TRTA", log_rank = difference(adtte$AVAL, adtte$CNSR == 0, adtte$TRTA),
           stratified = difference(adtte$AVAL, adtte$CNSR == 0, adtte$TRTA, adtte$SITEID)))
  )), "open_data.json")
}
