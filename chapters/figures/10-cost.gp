# What a mebibyte costs, as measured by 10-cost.py.
set logscale xy
set xrange [55:38000]
set yrange [0.12:300]
set xtics ("64" 64, "256" 256, "1 KiB" 1024, "4 KiB" 4096, "16 KiB" 16384)
set ytics ("0.2" 0.2, "1" 1, "5" 5, "20" 20, "100" 100)
set xlabel "size of a message in bytes"
set ylabel "ms of the processor for a MiB" offset 1,0
unset key
DATA = "10-cost.csv"

set label 1 "TCP, a call for each message" at 400,37 left
set label 2 "UDP, a call for each message" at 75,2.6 left
set label 3 "TCP, messages collected into 64 KiB" at 75,0.45 left
plot DATA using 1:2 with linespoints lc rgb "blue" lw 2.5 pt 7 ps 0.5, \
     DATA using 1:3 with linespoints lc rgb "green" lw 2.5 pt 7 ps 0.5, \
     DATA using 1:4 with linespoints lc rgb "red" lw 2.5 pt 7 ps 0.5
