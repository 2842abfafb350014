# Round trips of five means on one core, as race prints them:
#     taskset -c 0 race >09-race.tsv
# Bars are medians; the lines on them reach from quartile to quartile.
set datafile separator tab
set xrange [-0.5:2.5]
set yrange [0:*]
set ylabel "a round trip, microseconds" offset 1,0
set xtics ("1 byte" 0, "1 KiB" 1, "64 KiB" 2) scale 0
set grid noxtics ytics
set boxwidth 0.14
set style fill solid 1.0
set key top left reverse Left samplen 1.5
DATA = "09-race.tsv"
row(size) = size == 1 ? 0 : size == 1024 ? 1 : 2
MEANS = "shm pipe socketpair unix tcp"
TITLES = "'shared memory' pipe socketpair AF\\_UNIX 'loopback TCP'"
COLOURS = "gray green blue orange red"

plot for [i = 1:5] DATA every ::1 \
         using (strcol(1) eq word(MEANS, i) ? \
                    row($2) + 0.16 * (i - 3) : 1/0):3 \
         with boxes lc rgb word(COLOURS, i) title word(TITLES, i), \
     for [i = 1:5] DATA every ::1 \
         using (strcol(1) eq word(MEANS, i) ? \
                    row($2) + 0.16 * (i - 3) : 1/0):3:4:5 \
         with yerrorbars lc rgb "black" lw 1 ps 0 notitle
