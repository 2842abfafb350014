# One question and what may happen to it and to its answers, on a time line.
# Made up: the times are chosen so that everything happens once.
set terminal svg size 760,400 dynamic enhanced font "Helvetica,14"
set xrange [-95:830]
set yrange [-0.55:3.45]
unset key
unset ytics
unset xtics
set border 0
CLIENT = 2.45
SERVER = 1.0
STRANGER = 0.0
set arrow from -10,CLIENT to 820,CLIENT nohead lc rgb "gray" lw 1.5
set arrow from -10,SERVER to 820,SERVER nohead lc rgb "gray" lw 1.5
set arrow from -10,STRANGER to 820,STRANGER nohead lc rgb "gray" lw 1.5
set label "client" at -18,CLIENT right
set label "server" at -18,SERVER right
set label "stranger" at -18,STRANGER right

# asked three times
set label "asks" at 0,2.98 center
set label "0 ms" at 0,2.7 center
set label "again" at 100,2.98 center
set label "100 ms" at 100,2.7 center
set label "again" at 300,2.98 center
set label "300 ms" at 300,2.7 center

# lost
set arrow from 0,CLIENT to 24,1.75 nohead lc rgb "blue" lw 1.8
set arrow from 17,1.82 to 31,1.66 nohead lc rgb "red" lw 2
set arrow from 17,1.66 to 31,1.82 nohead lc rgb "red" lw 2
set label "lost" at 38,1.62 left

# doubled: one goes out, two arrive
set arrow from 100,CLIENT to 130,SERVER size 9,20 filled lc rgb "blue" lw 1.8
set arrow from 114,1.77 to 165,SERVER size 9,20 filled lc rgb "blue" lw 1.8
set label "doubled" at 148,1.62 left

# both are answered, and both answers are slow
set arrow from 140,SERVER to 640,CLIENT size 9,20 filled lc rgb "green" lw 1.8
set arrow from 175,SERVER to 770,CLIENT size 9,20 filled lc rgb "green" lw 1.8

# the third question, and its answer, which overtakes
set arrow from 300,CLIENT to 345,SERVER size 9,20 filled lc rgb "blue" lw 1.8
set arrow from 360,SERVER to 510,CLIENT size 9,20 filled lc rgb "green" lw 1.8

set label "overtaken" at 560,1.5 left

# forged
set arrow from 250,STRANGER to 405,CLIENT size 9,20 filled lc rgb "red" lw 1.8
set label "\"I am the server\"" at 250,-0.3 center

# what the client does with each
set label "forged:" at 395,2.98 center
set label "not its id" at 395,2.7 center
set label "its answer:" at 510,2.98 center
set label "done" at 510,2.7 center
set label "late:" at 635,2.98 center
set label "passed over" at 635,2.7 center
set label "late, too:" at 765,2.98 center
set label "passed over" at 765,2.7 center
plot -10 with lines lc rgb "gray"
