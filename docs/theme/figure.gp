# What every plot has in common; read before the plot's own script.  The
# colours' names are those of figure.css, which makes them fit the page.
set terminal svg size 680,400 dynamic enhanced font "Helvetica,14"
set linetype 1 lc rgb "blue" lw 2 pt 7 ps 0.6
set linetype 2 lc rgb "red" lw 2 pt 5 ps 0.6
set linetype 3 lc rgb "green" lw 2 pt 9 ps 0.7
set linetype 4 lc rgb "orange" lw 2 pt 13 ps 0.7
set linetype 5 lc rgb "gray" lw 2 pt 11 ps 0.7
set linetype cycle 5
set datafile separator comma
set border 3
set tics nomirror
set grid lc rgb "light-gray" lw 1
