# SPDX-License-Identifier: BSD-2-Clause
# Draws the table of `muster-sim cost`: gnuplot -e "table='FILE'; picture='FILE'" cost.gnuplot
set terminal svg size 860,480 font "sans,12" background "white"
set output picture
set multiplot layout 1,2
set logscale xy 2
set border 3
set tics nomirror
set format y "2^{%L}"
set xlabel "processors"
set key tmargin left Left reverse
set tmargin at screen 0.72
set rmargin 3
set grid
rows(protocol, column) = sprintf("< awk '$1 == \"%s\" { print $2, $%d }' %s", protocol, column, table)
set linetype 1 lw 2 lc rgb "#7b3294" pt 7 ps 0.6
set linetype 2 lw 2 lc rgb "#0072b2" pt 5 ps 0.6
set title "lines moved in one round"
plot rows("traditional", 6) with linespoints lt 2 title "traditional, in the node", \
     rows("traditional", 7) with linespoints lt 2 dt 2 title "traditional, across nodes", \
     rows("muster", 6) with linespoints lt 1 title "muster, in the node", \
     rows("muster", 7) with linespoints lt 1 dt 2 title "muster, across nodes"
set title "critical path of one round, ticks"
plot rows("traditional", 8) with linespoints lt 2 title "traditional", \
     rows("muster", 8) with linespoints lt 1 title "muster"
unset multiplot
