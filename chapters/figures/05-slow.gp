# A sender and a reader that is slower, as measured by 05-slow.py.
set xrange [-0.15:7]
set yrange [0:13]
set xtics 1
set ytics 2
set xlabel "MiB that the reader has received"
set ylabel "MiB" offset 1,0
unset key
DATA = "05-slow.csv"

set label 1 "taken by send()" at 5.9,11.6 right
set label 2 "received" at 5.25,4.1 left
set label 3 "EAGAIN: the buffers are full," at 0.1,12 left
set label 4 "and poll() waits for 1.1 MiB" at 0.1,11.2 left
set arrow 1 from 0.55,10.7 to 0.55,4.0 size 0.1,20 filled lc rgb "gray"
set label 5 "writable: send() takes 1.4 MiB," at 1.35,9.3 left
set label 6 "then EAGAIN" at 1.35,8.5 left
set arrow 2 from 1.75,8.0 to 1.2,5.2 size 0.1,20 filled lc rgb "gray"
set label 7 "in the buffers" at 3.3,5.3 left
set arrow 3 from 3.2,6.35 to 3.2,3.35 heads size 0.1,20 filled lc rgb "gray"
plot DATA using 1:2 with lines lc rgb "blue" lw 2.5, \
     DATA using 1:1 with lines lc rgb "green" lw 2
