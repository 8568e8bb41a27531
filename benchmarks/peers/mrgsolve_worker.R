# Runs mrgsolve when told to: a line "rtol atol" on stdin, seconds on stdout, states in out.bin.
args <- commandArgs(trailingOnly = TRUE)
common <- args[1]; own <- args[2]; n <- as.integer(args[3])
suppressMessages(library(mrgsolve))
model <- suppressMessages(mread("model", common, quiet = TRUE))
names <- c(grep("^P", names(param(model)), value = TRUE), grep("^I", names(param(model)), value = TRUE))
names <- names[order(substr(names, 1, 1) == "I", as.integer(substring(names, 2)))]
patients <- matrix(readBin(file.path(own, "patients.bin"), "double", n * length(names)), nrow = n, byrow = TRUE)
idata <- data.frame(ID = seq_len(n), patients)
names(idata) <- c("ID", names)
times <- scan(file.path(common, "times.csv"), quiet = TRUE)
doses <- as.matrix(read.csv(file.path(common, "doses.csv"), header = FALSE))
events <- do.call(c, lapply(seq_len(nrow(doses)), function(k)
  ev(time = doses[k, 1], amt = doses[k, 4], rate = doses[k, 4] / (doses[k, 2] - doses[k, 1]), cmt = doses[k, 3])))
simulate <- function(idata, rtol, atol)
  mrgsim_ei(update(model, rtol = rtol, atol = atol, maxsteps = 200000), events, idata,
            tgrid = times, obsonly = TRUE, output = "df")
invisible(simulate(idata[1, ], 1e-6, 1e-8))
cat("ready", as.character(packageVersion("mrgsolve")), "\n"); flush(stdout())
input <- file("stdin", "r")
while (length(line <- readLines(input, n = 1)) > 0) {
  setting <- as.numeric(strsplit(line, " ")[[1]])
  begun <- Sys.time()
  got <- simulate(idata, setting[1], setting[2])
  seconds <- as.numeric(difftime(Sys.time(), begun, units = "secs"))
  writeBin(unlist(got[, -(1:2)], use.names = FALSE), file.path(own, "out.bin"))
  cat(format(seconds, digits = 10), "\n"); flush(stdout())
}
