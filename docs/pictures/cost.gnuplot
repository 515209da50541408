# SPDX-License-Identifier: BSD-2-Clause
# Draws the table of `muster-sim cost`: gnuplot -e "table='FILE'; picture='FILE'" cost.gnuplot
set terminal svg size 760,520 font "sans,12" background "white"
set output picture
set multiplot layout 1,2
set logscale xy 2
set format y "2^{%L}"
set xlabel "processors"
set key top left
set grid
set title "lines moved, by where from"
rows(protocol, column) = sprintf("< awk '$1 == \"%s\" { print $2, $%d }' %s", protocol, column, table)
plot rows("muster", 6) with linespoints title "muster, in the node", \
     rows("muster", 7) with linespoints title "muster, across nodes", \
     rows("traditional", 6) with linespoints title "traditional, in the node", \
     rows("traditional", 7) with linespoints title "traditional, across nodes"
set title "critical path, ticks"
plot rows("muster", 8) with linespoints title "muster", \
     rows("traditional", 8) with linespoints title "traditional"
unset multiplot
