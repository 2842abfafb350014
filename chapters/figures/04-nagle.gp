# Two rounds of a question in two pieces, as packets went: 04-nagle.py measures
# them.  Every packet takes some 10 microseconds; the slant is for the eye.
set multiplot layout 2,1 margins 0.1,0.97,0.13,0.92 spacing 0,0.17
set yrange [-0.3:1.3]
set ytics ("server" 0, "client" 1)
set ytics scale 0
unset key
set grid noxtics ytics
DATA = "04-nagle.csv"

set title "Nagle's algorithm on" offset 0,-0.6
set label 1 "the first piece" at 1.2,0.82
set label 2 "the server waits for the second piece, the client for the" at 24,0.5 center
set label 3 "acknowledgement, which the server's kernel delays" at 24,0.26 center
set label 4 "ACK," at 45.4,0.8
set label 5 "second piece," at 45.4,0.55
set label 6 "answer" at 45.4,0.3
set xrange [-1.5:54]
plot DATA using ($4 == 1 && $3 == 0 ? $1 : 1/0):2:(0.7):(1 - 2 * $2) \
         with vectors size 0.6,20 filled lc rgb "gray" lw 5, \
     DATA using ($4 == 1 && $3 > 0 && $2 == 1 ? $1 : 1/0):2:(0.7):(-1) \
         with vectors size 0.6,20 filled lc rgb "blue" lw 2, \
     DATA using ($4 == 1 && $3 > 0 && $2 == 0 ? $1 : 1/0):2:(0.7):(1) \
         with vectors size 0.6,20 filled lc rgb "green" lw 2

unset label
set title "TCP\\_NODELAY"
set xlabel "milliseconds since the first send()" offset 0,0.4
set label 1 "both pieces and the answer" at 1.2,0.5
plot DATA using ($4 == 0 && $3 == 0 ? $1 : 1/0):2:(0.7):(1 - 2 * $2) \
         with vectors size 0.6,20 filled lc rgb "gray" lw 5, \
     DATA using ($4 == 0 && $3 > 0 && $2 == 1 ? $1 : 1/0):2:(0.7):(-1) \
         with vectors size 0.6,20 filled lc rgb "blue" lw 2, \
     DATA using ($4 == 0 && $3 > 0 && $2 == 0 ? $1 : 1/0):2:(0.7):(1) \
         with vectors size 0.6,20 filled lc rgb "green" lw 2
unset multiplot
