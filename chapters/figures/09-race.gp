# Round trips of five means on one core, as race prints them.  Bars are the
# medians; the line on each reaches from quartile to quartile.
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
MEANS = "shm pipe socketpair unix tcp"
TITLES = "'shared memory' pipe socketpair AF\\_UNIX 'loopback TCP'"
COLOURS = "gray green blue orange red"
at(i) = (strcol(1) eq word(MEANS, i) ? 0.16 * (i - 3) : 1/0) + \
        ($2 == 1 ? 0 : $2 == 1024 ? 1 : 2)
plot for [i = 1:5] DATA every ::1 using (at(i)):3 \
         with boxes lc rgb word(COLOURS, i) title word(TITLES, i), \
     for [i = 1:5] DATA every ::1 using (at(i)):4:(0):($5 - $4) \
         with vectors nohead lc rgb "black" lw 2 notitle
