# Makes goldens.json with R metafor, whose answers ours must equal. Run: Rscript make_goldens.R > goldens.json
# (Debian: apt-get install r-base-core r-cran-metafor r-cran-jsonlite). All studies are made up here from fixed seeds.
suppressMessages({library(metafor); library(jsonlite)})
exact <- list(threshold = 1e-14, maxiter = 10000, tol = 1e-14)
methods <- c(reml = "REML", dl = "DL", pm = "PM", fixed = "FE")
tests <- c(hk = "knha", `hk-adhoc` = "adhoc", wald = "z")
num <- function(x) as.numeric(unlist(x))

fit <- function(y, v, method, test, mods = NULL) {
  if (is.null(mods)) rma(y, v, method = method, test = test, control = exact)
  else rma(y, v, mods = mods, method = method, test = test, control = exact)
}

summary_of <- function(r) {
  p <- predict(r)
  out <- list(mean = num(r$b)[1], se = r$se[1], low = r$ci.lb[1], high = r$ci.ub[1], p = r$pval[1], tau2 = r$tau2,
              q = r$QE, q_p = r$QEp, i2 = r$I2, h2 = r$H2, weights = num(weights(r)))
  if (r$method != "FE") {
    out$prediction <- c(p$pi.lb, p$pi.ub)
    k <- r$k
    if (k > 2) out$higgins <- num(r$b)[1] + c(-1, 1) * qt(0.975, k - 2) * sqrt(r$se^2 + r$tau2)
    ci <- suppressWarnings(confint(r, control = list(tol = 1e-14, maxiter = 10000, tau2.max = 1e4 * max(r$vi))))
    if (!is.null(ci$lb.sign) && ci$ub.sign == "<") out$tau2_interval <- NA
    else { out$tau2_interval <- ci$random[1, 2:3]; out$i2_interval <- ci$random[3, 2:3] }
  }
  out
}

pooled_case <- function(name, y, v) {
  grid <- list()
  for (m in names(methods)) for (t in names(tests))
    grid[[paste(m, t, sep = "/")]] <- summary_of(fit(y, v, methods[[m]], tests[[t]]))
  out <- list(name = name, y = y, v = v, pooled = grid)
  if (length(y) > 2) {
    r <- fit(y, v, "REML", "knha")
    l <- leave1out(r)
    rest <- lapply(seq_along(y), function(i) summary_of(fit(y[-i], v[-i], "REML", "knha")))
    stopifnot(max(abs(sapply(rest, function(x) x$mean) - l$estimate)) < 1e-4)
    out$leave_one_out <- lapply(rest, function(x) x[c("mean", "se", "low", "high", "p", "tau2", "q", "i2")])
    f <- influence(r)$inf
    out$influence <- list(studentized = f$rstudent, dffits = f$dffits, cook = f$cook.d, cov_ratio = f$cov.r,
                          tau2 = f$tau2.del, weight = f$weight)
    e <- regtest(r, model = "lm", predictor = "sei", ret.fit = TRUE)
    out$egger <- list(slope = coef(e$fit)[[2]], slope_se = summary(e$fit)$coefficients[2, 2], statistic = e$zval,
                      p = e$pval, limit = e$est, low = e$ci.lb, high = e$ci.ub)
  }
  out
}

regression_case <- function(name, y, v, x1, x2) {
  grid <- list()
  for (m in names(methods)) for (t in names(tests)) {
    r <- fit(y, v, methods[[m]], tests[[t]], cbind(x1, x2))
    p <- predict(r, newmods = c(0.3, 1))
    grid[[paste(m, t, sep = "/")]] <- list(b = num(r$b), se = r$se, low = r$ci.lb, high = r$ci.ub, p = r$pval,
      tau2 = r$tau2, q = r$QE, q_p = r$QEp, i2 = r$I2, h2 = r$H2, qm = r$QM, qm_p = r$QMp,
      predicted = num(c(p$pred, p$ci.lb, p$ci.ub, if (m == "fixed") NULL else c(p$pi.lb, p$pi.ub))))
  }
  group <- ifelse(x2 == 1, "a", "b")
  means <- lapply(c("a", "b"), function(g) fit(y[group == g], v[group == g], "REML", "knha"))
  b <- sapply(means, function(r) num(r$b)); s <- sapply(means, function(r) r$se)
  apart <- rma(b, s^2, method = "FE")
  list(name = name, y = y, v = v, x1 = x1, x2 = x2, group = group, fits = grid,
       subgroups = list(mean = b, se = s, q = apart$QE, p = apart$QEp))
}

counts_case <- function(name, a, n1, c, n2) {
  sizes <- list()
  add <- function(key, e) sizes[[key]] <<- list(y = num(e$yi), v = num(e$vi))
  for (m in c("OR", "RR", "RD")) {
    add(paste0(m, "/zero_cells"), escalc(m, ai = a, n1i = n1, ci = c, n2i = n2, drop00 = m != "RD"))
    add(paste0(m, "/all"), escalc(m, ai = a, n1i = n1, ci = c, n2i = n2, to = "all", drop00 = m != "RD"))
    add(paste0(m, "/keep_empty"), escalc(m, ai = a, n1i = n1, ci = c, n2i = n2, drop00 = FALSE))
  }
  add("PLO", escalc("PLO", xi = a, ni = n1)); add("PFT", escalc("PFT", xi = a, ni = n1))
  free <- rma(sizes$PFT$y, sizes$PFT$v, test = "knha", control = exact)
  at <- c(num(free$b), free$ci.lb, free$ci.ub, 0.01, 0.4, 1.5)
  back <- transf.ipft.hm(at, targs = list(ni = n1))
  keep <- a + c > 0 & a + c < n1 + n2
  or <- escalc("OR", ai = a, n1i = n1, ci = c, n2i = n2)[keep, ]
  total <- (n1 + n2)[keep]; hits <- (a + c)[keep]
  peters <- lm(num(or$yi) ~ I(1 / total), weights = hits * (total - hits) / total)  # Peters 2006, equation of the text
  s <- summary(peters)$coefficients
  list(name = name, a = a, n1 = n1, c = c, n2 = n2, sizes = sizes, arcsine = at, proportion = num(back),
       peters = list(slope = s[2, 1], slope_se = s[2, 2], statistic = s[2, 3], p = s[2, 4], limit = s[1, 1]))
}

means_case <- function(name, m1, s1, n1, m2, s2, n2, r) {
  sizes <- list()
  add <- function(key, e) sizes[[key]] <<- list(y = num(e$yi), v = num(e$vi))
  add("MD", escalc("MD", m1i = m1, sd1i = s1, n1i = n1, m2i = m2, sd2i = s2, n2i = n2))
  add("SMD", escalc("SMD", m1i = m1, sd1i = s1, n1i = n1, m2i = m2, sd2i = s2, n2i = n2))
  add("SMD/unbiased", escalc("SMD", m1i = m1, sd1i = s1, n1i = n1, m2i = m2, sd2i = s2, n2i = n2, vtype = "UB"))
  add("MN", escalc("MN", mi = m1, sdi = s1, ni = n1))
  add("SMCR", escalc("SMCR", m1i = m2, m2i = m1, sd1i = s1, sd2i = s2, ni = n1, ri = r))
  list(name = name, m1 = m1, s1 = s1, n1 = n1, m2 = m2, s2 = s2, n2 = n2, r = r, sizes = sizes)
}

draw <- function(seed, k, tau, size = 40) {
  set.seed(seed); n <- pmax(4, round(rexp(k, 1 / size)) + 4); v <- 4 / n
  list(y = round(rnorm(k, -0.5, sqrt(tau^2 + v)), 6), v = round(v, 6))
}
d <- list(draw(1, 2, 0.3), draw(2, 3, 0.3), draw(3, 8, 0.5), draw(4, 15, 1.5), draw(5, 40, 0.2), draw(9, 10, 0.05))
pooled <- c(mapply(function(x, name) pooled_case(name, x$y, x$v), d,
                   c("two", "three", "eight", "far apart", "forty", "ten alike"), SIMPLIFY = FALSE),
            list(pooled_case("too much alike", c(.1, .11, .1, .105, .1), c(.02, .05, .03, .1, .01)),
                 pooled_case("in points", c(-7.6, -4, -3.6, -3.9, -3.8, -10.1), c(3.56, 2.86, 3.4, 1.93, 1.93, 9.7)),
                 pooled_case("tiny numbers", c(1e-4, 3e-4, -2e-4, 5e-4, 9e-4), c(1e-8, 2e-8, 1e-8, 4e-8, 3e-8))))
# Counts and differences of published trials, as study_outcomes.csv holds them: T0158, T0159, T0177, T0178 (response at
# day 28, esketamine against a placebo spray beside an antidepressant); T0083, T0225, T0230 (points at day 1).
response <- escalc("OR", ai = c(70, 17), n1i = c(101, 63), ci = c(52, 8), n2i = c(100, 60))
published <- list(pooled_case("response at day 28", num(response$yi), num(response$vi)),
                  pooled_case("points at day 1", c(-7.2, -3.8, -3.9), c(2.85, 1.39, 1.39)^2))
set.seed(11); k <- 18; n <- round(runif(k, 10, 120)); v <- round(4 / n, 6); x1 <- round(runif(k), 4); x2 <- rep(0:1, k / 2)
moderated <- regression_case("eighteen", round(rnorm(k, -0.2 - 0.6 * x1 + 0.3 * x2, sqrt(v + 0.04)), 6), v, x1, x2)
set.seed(12); n1 <- round(runif(12, 8, 90)); n2 <- round(runif(12, 8, 90))
usual <- counts_case("usual", rbinom(12, n1 - 2, 0.5) + 1, n1, rbinom(12, n2 - 2, 0.25) + 1, n2)
sparse <- counts_case("zero cells", c(0, 3, 5, 0, 8, 12, 1), c(10, 12, 10, 9, 8, 33, 18), c(2, 0, 1, 0, 8, 1, 0),
                      c(11, 9, 10, 12, 8, 33, 18))
means <- means_case("means", c(-16.4, -19.2, -9.9, 3), c(11.95, 12.1, 13.34, 1.5), c(5, 115, 39, 2),
                    c(-12.8, -12, -6.9, 1), c(10.73, 11, 9.65, 2.5), c(6, 113, 36, 3), c(0.5, 0.2, 0.8, 0))
made <- list(made_by = paste("R", getRversion(), "metafor", packageVersion("metafor")), pooled = pooled, published = published,
             regression = list(moderated), counts = list(usual, sparse), means = list(means))
cat(toJSON(made, digits = NA, auto_unbox = TRUE, na = "null", null = "null", pretty = 1), "\n")
