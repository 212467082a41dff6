# The two models of the R package games that its article estimates, each as often as asked; a line of JSON for each.
#
#     Rscript against_games.R FOLDER [ROUNDS]
#
# Probit and the agent form, as longgame has it; the package's own starts and its default optimiser. The time is that of
# the estimate alone, with R and its packages loaded. The data of the package are left in the folder as CSV.

suppressMessages(library(games))
given <- commandArgs(trailingOnly = TRUE)
rounds <- as.integer(c(given[-1], "3")[1])
data(war1800, package = "games")
data(leblang2003, package = "games")

disputes <- function() {
    egame12(esc + war ~ s_wt_re1 + revis1 | 0 | regime1 | balanc + regime2, data = war1800, link = "probit", type = "agent")
}

currency <- function() {
    egame12(
        outcome ~ capcont + lreserves + overval + creditgrow + USinterest + service + contagion + prioratt - 1 | 1 | 1 |
            unifgov + lexports + preelec + postelec + rightgov + realinterest + capcont + lreserves,
        data = leblang2003, link = "probit", type = "agent"
    )
}

models <- list(war1800 = disputes, leblang2003 = currency)
for (name in names(models)) {
    write.csv(get(name), file.path(given[1], paste0(name, ".csv")), row.names = FALSE, na = "")
    seconds <- numeric(rounds)
    for (round in seq_len(rounds)) seconds[round] <- system.time(fit <- models[[name]]())["elapsed"]
    cat(sprintf(
        '{"model": "%s", "seconds": %.4f, "log_likelihood": %.7f}\n', name, median(seconds), sum(fit$log.likelihood)
    ))
}
